package query

import (
	"net/http"
	"time"
)

// NewWithBudget is New with a budget that tests can spend.
func NewWithBudget(c Config, rows int64, time time.Duration, bytes int) http.Handler {
	return &handler{Config: c, budget: budget{rows: rows, time: time, bytes: bytes}}
}
