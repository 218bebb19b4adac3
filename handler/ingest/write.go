package ingest

import (
	"context"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// write makes the rows of a group of contents and then settles their ledger
// entries. A crash between the two leaves the contents pending: the next try
// finds the rows as they are to be, and settles.
func (in *Ingest) write(ctx context.Context, o Order, group []loaded, stats *Stats, touched map[time.Time]bool) error {
	err := in.writeRows(ctx, group)
	if err != nil && !isContents(ctx, err) {
		return err
	}
	if err != nil {
		in.writeEach(ctx, group)
	}
	entries := make([]store.Entry, len(group))
	for i, l := range group {
		entries[i] = l.entry
	}
	if err := o.settling(ctx, stats); err != nil {
		return err
	}
	for _, e := range entries {
		in.logGivenUp(ctx, e)
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

// Messages of log entries, at level ERROR, of contents whose events will not
// be in the trail. The alert rules in infra/alerts.bicep look for them, and a
// test there holds the two together.
const (
	logLost       = "content lost"
	logUnreadable = "content unreadable"
)

// logGivenUp says so of a content that is not to be had, or not to be read. It
// comes before the ledger does: a crash between the two says it again, rather
// than never. A content that only a notice spoke of was never the API's to
// lose.
func (in *Ingest) logGivenUp(ctx context.Context, e store.Entry) {
	message := logLost
	switch {
	case e.State == store.Unreadable:
		message = logUnreadable
	case e.State != store.Lost || e.Noticed:
		return
	}
	in.Log.ErrorContext(ctx, message, "contentType", e.Type, "contentId", e.ID, "created", e.Created,
		"expiration", e.Expiration, "tries", e.Tries, "error", e.Error)
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
// not be.
func (in *Ingest) writeEach(ctx context.Context, group []loaded) {
	for i := range group {
		if err := in.writeRows(ctx, group[i:i+1]); err != nil {
			group[i].entry = in.refused(ctx, group[i].entry, "RowsRefused", err)
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
