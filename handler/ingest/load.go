package ingest

import (
	"context"
	"errors"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// bodyTries is how often a body that is no array of records is asked for
// before it is taken for what the API has. The API has been seen to answer
// 200 with half a body or a page of HTML, and a raw blob is never replaced.
const bodyTries = 3

// cutTries is bodyTries for a body that is cut off, which no API has: the last
// are hours after the first.
const cutTries = 8

// mayMend tells whether a try that got no array of records is made again:
// as long as the answer may have been at fault, and there is time for a try
// whose answer is kept whatever it is.
func (in *Ingest) mayMend(entry store.Entry, parseErr error) bool {
	tries, left := entry.Tries+1, in.left(entry)
	if errors.Is(parseErr, audit.ErrCutOff) && tries >= bodyTries {
		return tries < cutTries && left > lastChance
	}
	return parseErr != nil && tries < bodyTries && left > 0
}

// load brings one content as far as its raw blob and its records. How the
// content itself fared is in what it returns; the error is one that is not
// the content's own: storage fails, or the API serves nothing.
//
// A content that was once kept needs the API no more: a retry reads its raw
// blob, even after the content has expired at the source.
func (in *Ingest) load(ctx context.Context, entry store.Entry) (loaded, error) {
	l, err := in.reload(ctx, entry)
	if errors.Is(err, store.ErrNotFound) {
		return in.fetch(ctx, entry)
	}
	return l, err
}

// reload is load for a content that has a raw blob. The API is not asked.
func (in *Ingest) reload(ctx context.Context, entry store.Entry) (loaded, error) {
	body, err := in.Store.Raw(ctx, entry.Content)
	if errors.Is(err, store.ErrCorrupt) {
		return loaded{entry: unreadable(entry, "RawBlobChanged: its bytes do not have the checksum they were stored with")}, nil
	}
	if err != nil {
		return loaded{}, err
	}
	parsed, err := audit.Parse(body, in.Want)
	l := in.finish(entry, parsed, err)
	l.size = len(body)
	return l, nil
}

// fetch is load for a content without a raw blob.
func (in *Ingest) fetch(ctx context.Context, entry store.Entry) (loaded, error) {
	body, err := in.Fetch(ctx, entry.Content.ID)
	if err != nil {
		return in.failed(ctx, entry, err)
	}
	parsed, parseErr := audit.Parse(body, in.Want)
	if in.mayMend(entry, parseErr) {
		return in.failed(ctx, entry, parseErr)
	}
	// Before any row, so that all that rows say can be proven, and made
	// again, from the blob. A crash before this line costs a second request
	// to the API; after it, none.
	err = in.Store.PutRaw(ctx, entry.Content, body, parsed.Total)
	if errors.Is(err, store.ErrExists) {
		return in.load(ctx, entry) // another run was first: its bytes are the evidence
	}
	if err != nil {
		return loaded{}, err
	}
	l := in.finish(entry, parsed, parseErr)
	l.size = len(body)
	return l, nil
}

// finish is what a content with a raw blob will be once its rows are
// written.
func (in *Ingest) finish(entry store.Entry, parsed audit.Parsed, parseErr error) loaded {
	entry.Blob = in.Store.RawName(entry.Content)
	if parseErr != nil {
		return loaded{entry: unreadable(entry, "NotAnArray: "+parseErr.Error()), fetched: true}
	}
	entry.State, entry.Error = store.Done, ""
	entry.Counts = store.Counts{Records: parsed.Total, Rejected: len(parsed.Rejects)}
	return loaded{entry: entry, events: in.events(entry.Content, parsed.Records), fetched: true}
}

// events are a content's records as rows to be, without those that
// retention has dropped.
func (in *Ingest) events(content audit.Content, items []audit.Item) []store.Event {
	events := make([]store.Event, 0, len(items))
	for _, item := range items {
		if in.Retain != nil && item.Record.CreationTime.Before(in.Retain()) {
			continue
		}
		events = append(events, store.Event{Record: item.Record, Content: content, Index: item.Index})
	}
	return events
}
