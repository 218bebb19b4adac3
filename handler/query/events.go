package query

import (
	"bytes"
	"context"
	"iter"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// events is /api/v1/events: the events that match all that was asked for, by
// CreationTime.
func (h *handler) events() *list[store.Event] {
	return &list[store.Event]{
		name: "events", parameters: eventParameters, back: 7 * 24 * time.Hour,
		read: func(ctx context.Context, q *question, from, to time.Time, after store.Position) iter.Seq2[store.Event, error] {
			return h.Store.Events(ctx, store.EventQuery{
				From: from, To: to, After: after,
				RecordTypes: q.recordTypes, Numbers: q.numbers, Keep: q.keep(), Terms: q.terms(),
				Limit: q.expects(),
			})
		},
		position: store.Event.Position,
		matches:  func(q *question, e *store.Event) bool { return q.matches(&e.Record) },
		write:    writeEvent,
	}
}

func writeEvent(out *bytes.Buffer, q *question, e *store.Event) error {
	if q.view == asSent {
		out.Write(e.Record.JSON)
		return nil
	}
	o := beginItem(out, &e.Record)
	o.end()
	return o.err
}
