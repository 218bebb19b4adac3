package store

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

type costKey struct{}

// costOf is where to count what ctx asks for; never nil.
func costOf(ctx context.Context) *Cost {
	if c, ok := ctx.Value(costKey{}).(*Cost); ok {
		return c
	}
	return &Cost{}
}
