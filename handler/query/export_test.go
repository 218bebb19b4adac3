package query

import (
	"math"
	"net/http"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// NewWithBudget is New with a budget that tests can spend.
func NewWithBudget(c Config, rows int64, time time.Duration, bytes int64) http.Handler {
	return &handler{Config: c, budget: budget{rows: rows, time: time, bytes: bytes, totalBytes: math.MaxInt64}}
}

// NewSharing is New with less memory for all pages.
func NewSharing(c Config, all int64) http.Handler {
	h := &handler{Config: c, budget: defaultBudget}
	h.budget.totalBytes, h.budget.shareBytes = all, 1
	return h
}

// MadeUpCursor is a cursor of a question without parameters to one of the
// lists, with the right checksum, that leads behind any position.
func MadeUpCursor(list string, now time.Time, after store.Position) string {
	parameters, back := eventParameters, 7*24*time.Hour
	if list == "content" {
		parameters, back = contentParameters, allTime
	}
	q, err := ask("", now, parameters, back)
	if err != nil {
		panic(err)
	}
	return cursorAt(&q, resumePoint{q.from, q.to, after}).String()
}
