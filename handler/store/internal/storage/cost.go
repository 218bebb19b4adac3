package storage

import (
	"context"
	"sync/atomic"
)

// A Cost counts what is asked of storage under one context. It may be used by
// several goroutines.
type Cost struct {
	requests, rows atomic.Int64
}

// WithCost returns a context under which everything that is asked of a Store
// is counted.
func WithCost(ctx context.Context) (context.Context, *Cost) {
	c := &Cost{}
	return context.WithValue(ctx, costKey{}, c), c
}

// Requests is how many requests were sent so far, retries included.
func (c *Cost) Requests() int64 { return c.requests.Load() }

// Rows is how many rows of tables were read so far, wanted or not, those of
// the index among them.
func (c *Cost) Rows() int64 { return c.rows.Load() }

// AddRequest counts a request.
func (c *Cost) AddRequest() { c.requests.Add(1) }

// AddRows counts rows that were read.
func (c *Cost) AddRows(n int) { c.rows.Add(int64(n)) }

type costKey struct{}

// costOf is where to count what ctx asks for; never nil.
func CostOf(ctx context.Context) *Cost {
	if c, ok := ctx.Value(costKey{}).(*Cost); ok {
		return c
	}
	return &Cost{}
}
