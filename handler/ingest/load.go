package ingest

import (
	"context"
	"errors"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/events"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// loaded is the result of one attempt: the entry's next state, and the rows to
// write before it may be recorded.
type loaded struct {
	entry   ledger.Entry
	events  []events.Event
	fetched bool // the body was read and stored
	size    int  // of the body, in bytes
}

// load makes one attempt at a content blob, up to its raw blob and its records.
// An error that concerns this content blob alone is in the result. The
// returned error is any other: storage fails, or the API serves nothing.
//
// A content blob that has a raw blob is not fetched again, so that a retry
// succeeds even after the content blob has expired at the API.
func (p *Pipeline) load(ctx context.Context, entry ledger.Entry) (loaded, error) {
	l, err := p.reload(ctx, entry)
	if errors.Is(err, store.ErrNotFound) {
		return p.fetch(ctx, entry)
	}
	return l, err
}

// reload is load for a content blob that has a raw blob. It sends no request
// to the API.
func (p *Pipeline) reload(ctx context.Context, entry ledger.Entry) (loaded, error) {
	body, err := p.cfg.Store.Raw(ctx, entry.Content)
	if errors.Is(err, store.ErrCorrupt) {
		return loaded{entry: unreadable(entry, "RawBlobChanged: its bytes do not have the checksum they were stored with")}, nil
	}
	if err != nil {
		return loaded{}, err
	}
	parsed, err := audit.Parse(body, p.cfg.Want)
	l := p.parsed(entry, parsed, err)
	l.size = len(body)
	return l, nil
}

// fetch is load for a content blob without a raw blob.
func (p *Pipeline) fetch(ctx context.Context, entry ledger.Entry) (loaded, error) {
	body, err := p.cfg.Fetch(ctx, entry.Content.ID)
	if err != nil {
		return p.failed(ctx, entry, err)
	}
	parsed, parseErr := audit.Parse(body, p.cfg.Want)
	if p.canRefetch(entry, parseErr) {
		return p.failed(ctx, entry, parseErr)
	}
	// Before any row, so that the raw blob can prove every row and make it
	// again. A crash before this line costs a second request to the API; a
	// crash after it costs none.
	err = p.cfg.Store.PutRaw(ctx, entry.Content, body, parsed.Total)
	if errors.Is(err, store.ErrExists) {
		return p.load(ctx, entry) // another run stored it first: its bytes are the evidence
	}
	if err != nil {
		return loaded{}, err
	}
	l := p.parsed(entry, parsed, parseErr)
	l.size = len(body)
	return l, nil
}

// parsed returns the result of an attempt that has a raw blob: the content
// blob is done, or unreadable if its body did not parse.
func (p *Pipeline) parsed(entry ledger.Entry, parsed audit.Parsed, parseErr error) loaded {
	entry.Blob = p.cfg.Store.RawName(entry.Content)
	if parseErr != nil {
		return loaded{entry: unreadable(entry, "NotAnArray: "+parseErr.Error()), fetched: true}
	}
	return loaded{entry: done(entry, parsed), events: p.eventsOf(entry.Content, parsed.Records), fetched: true}
}

// eventsOf returns the events of a content blob that become rows: all but those
// that retention has dropped.
func (p *Pipeline) eventsOf(content audit.Content, items []audit.Item) []events.Event {
	list := make([]events.Event, 0, len(items))
	for _, item := range items {
		if p.cfg.Retain != nil && item.Record.CreationTime.Before(p.cfg.Retain()) {
			continue
		}
		list = append(list, events.Event{Record: item.Record, Content: content, Index: item.Index})
	}
	return list
}
