package query

import (
	"net/http"
	"time"
)

// NewWithBudget is New with a budget that tests can spend.
func NewWithBudget(c Config, rows int, time time.Duration) http.Handler {
	return &handler{Config: c, budget: budget{rows: rows, time: time}}
}
