package storage

import (
	"context"
	"sync/atomic"
)

// A Cost counts the requests and rows that calls under one context used. It is
// safe for concurrent use.
type Cost struct {
	requests, rows atomic.Int64
}

type costKey struct{}

// WithCost returns a context that counts every request made under it, and the
// Cost that holds the counts.
func WithCost(ctx context.Context) (context.Context, *Cost) {
	c := &Cost{}
	return context.WithValue(ctx, costKey{}, c), c
}

// CostOf returns the Cost of a context. It never returns nil: a context without a
// Cost gets one that nobody reads.
func CostOf(ctx context.Context) *Cost {
	if c, ok := ctx.Value(costKey{}).(*Cost); ok {
		return c
	}
	return &Cost{}
}

// AddRequest counts a request.
func (c *Cost) AddRequest() { c.requests.Add(1) }

// AddRows counts n rows that a table returned.
func (c *Cost) AddRows(n int) { c.rows.Add(int64(n)) }

// Requests returns the number of requests so far, retries included.
func (c *Cost) Requests() int64 { return c.requests.Load() }

// Rows returns the number of rows read so far, index entries included, whether
// the caller wanted them or not.
func (c *Cost) Rows() int64 { return c.rows.Load() }
