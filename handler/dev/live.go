package main

import (
	"context"
	"time"
)

// notifyEvery is how often the tenant sends its notifications. The real one
// takes minutes to an hour.
const notifyEvery = 2 * time.Second

// live lets the tenant notify the function app of what comes in, until ctx
// ends or the host does.
func (s *system) live(ctx context.Context, t *terminal) error {
	for {
		if _, err := s.tenant.Notify(ctx); err != nil && ctx.Err() == nil {
			t.line("notification: %v", err) // the tenant sends it again
		}
		if err := pause(ctx, notifyEvery); err != nil {
			return err
		}
		if err := s.host.Err(); err != nil {
			return err
		}
	}
}
