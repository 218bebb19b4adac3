package query

import (
	"math"
	"net/http"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// NewWithBudget returns a handler with a budget that tests can exhaust.
func NewWithBudget(c Config, rows int64, time time.Duration, bytes int64) http.Handler {
	return &handler{Config: c, budget: budget{rows: rows, time: time, bytes: bytes, totalBytes: math.MaxInt64}}
}

// NewWithSharedMemory returns a handler with less memory for all pages in flight.
func NewWithSharedMemory(c Config, all int64) http.Handler {
	h := &handler{Config: c, budget: defaultBudget}
	h.budget.totalBytes, h.budget.shareBytes = all, 1
	return h
}

// MadeUpCursor returns a cursor for a list request without parameters. It has a
// valid checksum and continues after the given position.
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
