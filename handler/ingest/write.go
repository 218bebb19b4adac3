package ingest

import (
	"context"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// write makes the rows of a group of contents and then settles their ledger
// entries. A crash between the two leaves the contents pending: the next try
// finds the rows as they are to be, and settles.
func (in *Ingest) write(ctx context.Context, group []loaded, stats *Stats, touched map[time.Time]bool) error {
	err := in.writeRows(ctx, group)
	if err != nil && (ctx.Err() != nil || store.Unavailable(err) || store.Denied(err)) {
		return err
	}
	if err != nil {
		in.writeEach(ctx, group)
	}
	entries := make([]store.Entry, len(group))
	for i, l := range group {
		entries[i] = l.entry
	}
	if err := in.Store.Settle(ctx, entries); err != nil {
		return err
	}
	for _, l := range group {
		touched[l.entry.Created.UTC().Truncate(24*time.Hour)] = true
		stats.add(l)
	}
	return nil
}

// writeRows writes the rows of all contents of the group together, and
// counts into each entry what became of its records.
func (in *Ingest) writeRows(ctx context.Context, group []loaded) error {
	var events []store.Event
	for _, l := range group {
		events = append(events, l.events...)
	}
	outcomes, err := in.Store.WriteEvents(ctx, events)
	if err != nil {
		return err
	}
	for i := range group {
		n := len(group[i].events)
		count(&group[i].entry.Counts, outcomes[:n])
		outcomes = outcomes[n:]
	}
	return nil
}

// writeEach writes each content's rows by themselves after the group's could
// not be: a content that storage refuses stays pending, with the reason, and
// does not hold up the others.
func (in *Ingest) writeEach(ctx context.Context, group []loaded) {
	for i := range group {
		if err := in.writeRows(ctx, group[i:i+1]); err != nil {
			in.Log.ErrorContext(ctx, "rows refused", "contentType", group[i].entry.Type, "error", err.Error())
			entry := &group[i].entry
			entry.State, entry.Counts = store.Pending, store.Counts{}
			entry.Tries++
			entry.Error = "RowsRefused: " + err.Error()
			entry.NextTry = nextTry(in.Now(), *entry)
		}
	}
}

func count(counts *store.Counts, outcomes []store.Outcome) {
	for _, outcome := range outcomes {
		switch outcome {
		case store.Row:
			counts.Rows++
		case store.Duplicate:
			counts.Duplicates++
		case store.Conflict:
			counts.Conflicts++
		}
	}
}

// add adds what a settled content came to.
func (s *Stats) add(l loaded) {
	if l.fetched {
		s.Fetched++
	}
	if l.entry.State != store.Done {
		s.Failed++
		return
	}
	s.count(l.entry)
}

// count adds the counts of one content.
func (s *Stats) count(e store.Entry) {
	s.Records += e.Records
	s.Rows += e.Rows
	s.Duplicates += e.Duplicates
	s.Conflicts += e.Conflicts
	s.Rejected += e.Rejected
}
