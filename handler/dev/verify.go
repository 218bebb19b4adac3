package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// verify compares the trail with what the tenant holds, and says how it went.
func (s *system) verify(ctx context.Context, t *terminal) error {
	difference, err := s.compare(ctx)
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	s.tellFaults(t)
	t.line("%s", difference)
	t.line("the handler's memory was %.0f MB at most", float64(s.host.PeakRSS())/1e6)
	if !difference.none() {
		return errors.New("the trail is not what the tenant holds")
	}
	return nil
}

// tellFaults says how often each fault of the API struck.
func (s *system) tellFaults(t *terminal) {
	struck := s.moods.Injected()
	for _, mood := range slices.Sorted(maps.Keys(struck)) {
		t.line("%5d times: %s", struck[mood], mood)
	}
	for _, c := range []struct {
		what  string
		count int
	}{
		{"cannot be had", len(s.tenant.Lost(s.base))},
		{"can be had and are no array of records", len(s.tenant.Unreadable(s.base))},
		{"have a record that is no JSON", len(s.tenant.Broken(s.base))},
	} {
		if c.count > 0 {
			t.line("%5d contents of the tenant %s", c.count, c.what)
		}
	}
}
