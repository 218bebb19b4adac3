package query

import (
	"context"
	"iter"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// events is /api/v1/events: the events that match all that was asked for, by
// CreationTime.
func (h *handler) events() *list[store.Event] {
	return &list[store.Event]{
		name: "events", parameters: eventParameters, back: 7 * 24 * time.Hour,
		window: time.Hour, // one partition; the busiest tenants' takes seconds
		read: func(ctx context.Context, q *question, from, to time.Time, after store.Position) iter.Seq2[store.Event, error] {
			ask := store.EventQuery{
				From: from, To: to, After: after,
				RecordTypes: q.recordTypes, Numbers: q.numbers, Keep: q.contains, Terms: q.terms,
				Limit: q.expects(),
			}
			if q.isSimple() { // else what is further may be no answer, and the next page empty
				ask.Enough = q.enough
			}
			return h.Store.Events.List(ctx, ask)
		},
		position: store.Event.Position,
		matches:  func(q *question, e *store.Event) bool { return q.matches(&e.Record) },
		write:    writeEvent,
	}
}

// writeEvent writes an event in the format and the view that are asked for.
func writeEvent(d *draft, q *question, e *store.Event) error {
	if q.format.name == "csv" {
		writeRow(d, q.view, &e.Record)
		return nil
	}
	if err := writeObject(d, q.view, &e.Record); err != nil {
		return err
	}
	if q.format.name == "ndjson" {
		oneLine(d.Bytes())
		d.WriteByte('\n')
	}
	return nil
}

func writeObject(d *draft, v view, r *audit.Record) error {
	switch v {
	case asSent:
		d.Write(recordText(r))
		return nil
	case cmdlet:
		return writeCmdlet(d, r)
	}
	o := beginItem(&d.Buffer, r)
	o.end()
	return o.err
}

// oneLine replaces the line breaks and tabs in JSON by spaces. They are between
// its tokens: in a string they would not be valid.
func oneLine(json []byte) {
	for i, c := range json {
		if c < ' ' {
			json[i] = ' '
		}
	}
}
