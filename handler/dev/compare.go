package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// verify compares the trail with what the tenant holds and prints the result. Its
// error means that they differ, or that the comparison failed.
func (s *system) verify(ctx context.Context, t *terminal) error {
	t.line("comparing the trail with what the tenant holds")
	difference, err := s.compare(ctx)
	if err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	s.showFaults(t)
	t.line("%s", difference)
	t.line("the handler's memory peaked at %.0f MB", float64(s.host.PeakRSS())/1e6)
	if !difference.isEmpty() {
		return errors.New("the trail differs from what the tenant holds")
	}
	return nil
}

// showFaults prints how often each fault mode occurred, and which content blobs
// it spoiled for good.
func (s *system) showFaults(t *terminal) {
	injected := s.faults.Injected()
	if len(injected) > 0 {
		t.line("fault modes of the API, and how often each occurred:")
	}
	for _, mode := range slices.Sorted(maps.Keys(injected)) {
		t.line("  %s: %d", mode, injected[mode])
	}
	for _, c := range []struct {
		what  string
		count int
	}{
		{"content blobs that cannot be fetched", len(s.tenant.Lost(s.base))},
		{"content blobs that are not an array of records", len(s.tenant.Unreadable(s.base))},
		{"content blobs with a record that is not valid JSON", len(s.tenant.Broken(s.base))},
	} {
		if c.count > 0 {
			t.line("%s: %d", c.what, c.count)
		}
	}
}

// A difference counts how the trail differs from what the tenant holds. Records are
// equal if their JSON is equal byte for byte, ignoring white space between tokens.
type difference struct {
	records, contents              int // obtainable records and content blobs of the tenant
	missing, unexpected, different int // records
	rawMissing, rawDifferent       int // raw blobs
	wrongState                     int // content blobs with the wrong state in the ledger
}

func (d difference) isEmpty() bool {
	return d == difference{records: d.records, contents: d.contents}
}

func (d difference) String() string {
	if d.isEmpty() {
		return fmt.Sprintf("the trail equals what the tenant holds: %s records and %s raw blobs, compared one by one",
			thousands(d.records), thousands(d.contents))
	}
	var parts []string
	for _, p := range []struct {
		count int
		what  string
	}{
		{d.missing, "records missing"}, {d.different, "records different"}, {d.unexpected, "records that the tenant does not hold"},
		{d.rawMissing, "raw blobs missing"}, {d.rawDifferent, "raw blobs different"}, {d.wrongState, "content blobs in the wrong state"},
	} {
		if p.count > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", p.what, p.count))
		}
	}
	return fmt.Sprintf("of %s records and %s content blobs: %s", thousands(d.records), thousands(d.contents), strings.Join(parts, ", "))
}

// compare compares the trail with everything obtainable from the tenant's week: the
// query function's records, the raw blobs and the ledger. Newer events are
// compared only if the trail has them.
func (s *system) compare(ctx context.Context) (difference, error) {
	d, err := s.compareContents(ctx)
	if err != nil {
		return d, err
	}
	err = s.compareRecords(ctx, &d)
	return d, err
}

func (s *system) compareRecords(ctx context.Context, d *difference) error {
	stored := map[string][]byte{}
	for text, err := range s.records(ctx) {
		if err != nil {
			return err
		}
		record, err := audit.ParseRecord(text)
		if _, repeated := stored[record.ID]; err != nil || repeated {
			d.unexpected++
			continue
		}
		stored[record.ID] = compact(text)
	}
	for record := range s.tenant.Obtainable(s.base) {
		d.records++
		if _, found := stored[record.ID]; !found {
			d.missing++
		}
	}
	for record := range s.tenant.Obtainable(s.now()) {
		text, found := stored[record.ID]
		if found && !bytes.Equal(text, compact(record.JSON)) {
			d.different++
		}
		delete(stored, record.ID)
	}
	d.unexpected += len(stored)
	return nil
}

func (s *system) compareContents(ctx context.Context) (difference, error) {
	var d difference
	expected := s.expectedStates()
	for _, c := range s.tenant.Contents(s.base) {
		content := auditContent(c)
		entry, err := s.store.Ledger.Get(ctx, content)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return d, err
		}
		if entry.State != expected[c.ID] {
			d.wrongState++
		}
		if expected[c.ID] == ledger.Lost {
			continue
		}
		d.contents++
		if err := s.compareRaw(ctx, content, &d); err != nil {
			return d, err
		}
	}
	return d, nil
}

// auditContent returns the handler's type for a content blob of the tenant.
func auditContent(c tenant.Content) audit.Content {
	return audit.Content{ID: c.ID, Type: c.Type, Created: c.Created, Expiration: c.Expiration}
}

// expectedStates returns the state that the ledger must have for each content blob
// of the week, by id.
func (s *system) expectedStates() map[string]ledger.State {
	states := map[string]ledger.State{}
	set := func(contents []tenant.Content, state ledger.State) {
		for _, c := range contents {
			states[c.ID] = state
		}
	}
	set(s.tenant.Contents(s.base), ledger.Done)
	set(s.tenant.Lost(s.base), ledger.Lost)
	set(s.tenant.Unreadable(s.base), ledger.Unreadable)
	return states
}

func (s *system) compareRaw(ctx context.Context, content audit.Content, d *difference) error {
	sent, _ := s.tenant.Body(content.ID)
	kept, err := s.store.Raw(ctx, content)
	switch {
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrCorrupt):
		d.rawMissing++
	case err != nil:
		return err
	case !bytes.Equal(sent, kept):
		d.rawDifferent++
	}
	return nil
}

func compact(record []byte) []byte {
	var b bytes.Buffer
	if json.Compact(&b, record) != nil {
		return record
	}
	return b.Bytes()
}
