package query

import (
	"context"
	"fmt"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// completeThrough is the time before which everything that the API listed as
// created is in the store; zero if that is not known yet.
func (h *handler) completeThrough(ctx context.Context) (time.Time, error) {
	statuses, err := h.Store.TypeStatuses(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("read how far the trail is complete: %w", err)
	}
	return earliest(h.ContentTypes, statuses), nil
}

// earliest is the least CompleteThrough of the configured content types; zero
// if one of them has none. A type that is configured no more does not hold
// the others back.
func earliest(types []string, statuses map[string]store.TypeStatus) time.Time {
	var least time.Time
	for i, name := range types {
		t := statuses[name].CompleteThrough
		if t.IsZero() {
			return time.Time{}
		}
		if i == 0 || t.Before(least) {
			least = t
		}
	}
	return least
}
