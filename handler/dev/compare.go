package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/store"
)

// A difference says how the trail differs from what the tenant holds. Two
// records are the same if their JSON is, byte for byte, but for the white
// space between its tokens.
type difference struct {
	records, contents              int // that the tenant holds and that can be had
	missing, unexpected, different int // records
	rawMissing, rawDifferent       int // contents
	misjudged                      int // contents that are in the wrong state of the ledger
}

func (d difference) none() bool {
	return d == difference{records: d.records, contents: d.contents}
}

func (d difference) String() string {
	if d.none() {
		return fmt.Sprintf("the two sets are equal: %d records, record by record; %d raw contents, byte for byte", d.records, d.contents)
	}
	var parts []string
	for _, p := range []struct {
		count int
		what  string
	}{
		{d.missing, "records missing"}, {d.different, "records different"}, {d.unexpected, "records that the tenant does not hold"},
		{d.rawMissing, "raw contents missing"}, {d.rawDifferent, "raw contents different"}, {d.misjudged, "contents in the wrong state"},
	} {
		if p.count > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", p.what, p.count))
		}
	}
	return fmt.Sprintf("of %d records and %d contents: %s", d.records, d.contents, strings.Join(parts, ", "))
}

// compare compares the trail of the tenant's week with all of it that can be
// had: what the query function answers, the raw blobs and the ledger. Events
// that came in since are compared as far as the trail has them.
func (s *system) compare(ctx context.Context) (difference, error) {
	d, err := s.compareContents(ctx)
	if err != nil {
		return d, err
	}
	err = s.compareRecords(ctx, &d)
	return d, err
}

func (s *system) compareRecords(ctx context.Context, d *difference) error {
	answered := map[string][]byte{}
	for answer, err := range s.records(ctx) {
		if err != nil {
			return err
		}
		record, err := audit.ParseRecord(answer)
		if _, twice := answered[record.ID]; err != nil || twice {
			d.unexpected++
			continue
		}
		answered[record.ID] = compact(answer)
	}
	for record := range s.tenant.Obtainable(s.base) {
		d.records++
		if _, found := answered[record.ID]; !found {
			d.missing++
		}
	}
	for record := range s.tenant.Obtainable(s.now()) {
		answer, found := answered[record.ID]
		if found && !bytes.Equal(answer, compact(record.JSON)) {
			d.different++
		}
		delete(answered, record.ID)
	}
	d.unexpected += len(answered)
	return nil
}

func (s *system) compareContents(ctx context.Context) (difference, error) {
	var d difference
	expected := s.states()
	for _, c := range s.tenant.Contents(s.base) {
		content := audit.Content{ID: c.ID, Type: c.Type, Created: c.Created, Expiration: c.Expiration}
		entry, err := s.store.Entry(ctx, content)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return d, err
		}
		if entry.State != expected[c.ID] {
			d.misjudged++
		}
		if expected[c.ID] == store.Lost {
			continue
		}
		d.contents++
		if err := s.compareRaw(ctx, content, &d); err != nil {
			return d, err
		}
	}
	return d, nil
}

// states are what the ledger is to say of the week's contents.
func (s *system) states() map[string]store.State {
	states := map[string]store.State{}
	set := func(contents []tenant.Content, state store.State) {
		for _, c := range contents {
			states[c.ID] = state
		}
	}
	set(s.tenant.Contents(s.base), store.Done)
	set(s.tenant.Lost(s.base), store.Lost)
	set(s.tenant.Unreadable(s.base), store.Unreadable)
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
