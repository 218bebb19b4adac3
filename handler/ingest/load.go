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
	hasBody bool // the body was read, and an intact raw blob holds it
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
// to the API. The error is ErrNotFound if there is no raw blob.
func (p *Pipeline) reload(ctx context.Context, entry ledger.Entry) (loaded, error) {
	body, err := p.cfg.Store.Raw(ctx, entry.Content)
	if errors.Is(err, store.ErrCorrupt) {
		return loaded{entry: damaged(entry)}, nil
	}
	if err != nil {
		return loaded{}, err
	}
	parsed, parseErr := audit.Parse(body, p.cfg.Want)
	return p.fromRaw(entry, len(body), parsed, parseErr), nil
}

// fetch is load for a content blob without a raw blob.
func (p *Pipeline) fetch(ctx context.Context, entry ledger.Entry) (loaded, error) {
	body, err := p.cfg.Fetch(ctx, entry.Content.ID)
	if err != nil {
		next, err := p.notFetched(ctx, entry, err)
		return loaded{entry: next}, err
	}
	parsed, parseErr := audit.Parse(body, p.cfg.Want)
	if p.canRefetch(entry, parseErr) {
		next, err := p.notFetched(ctx, entry, parseErr)
		return loaded{entry: next}, err
	}
	// Before any row, so that the raw blob can prove every row and make it
	// again. A crash before this line costs a second request to the API; a
	// crash after it costs none.
	err = p.cfg.Store.PutRaw(ctx, entry.Content, body, parsed.Total)
	if errors.Is(err, store.ErrExists) {
		// Another drain stored it first: its bytes are the evidence. If they
		// cannot be found now, that ends the attempt.
		return p.reload(ctx, entry)
	}
	if err != nil {
		return loaded{}, err
	}
	return p.fromRaw(entry, len(body), parsed, parseErr), nil
}

// fromRaw returns the result of an attempt that has a raw blob, whose body was
// parsed into parsed or did not parse.
func (p *Pipeline) fromRaw(entry ledger.Entry, size int, parsed audit.Parsed, parseErr error) loaded {
	return loaded{
		entry:   p.stored(entry, parsed, parseErr),
		events:  p.eventsOf(entry.Content, parsed.Records),
		hasBody: true,
		size:    size,
	}
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
