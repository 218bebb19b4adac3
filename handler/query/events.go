package query

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/labeltrail/labeltrail/handler/store/events"
)

// serveEvents serves /api/v1/events: the events that match every parameter, by
// CreationTime.
func (h *handler) serveEvents(r *request) (response, error) {
	return serveList(h, &list[events.Event]{
		name: "events", parameters: eventParameters, back: 7 * 24 * time.Hour,
		window: time.Hour, // one partition, which takes seconds for the busiest tenants
		read: func(ctx context.Context, q *question, at resumePoint, isFull func() bool) iter.Seq2[events.Event, error] {
			return h.Store.Events.List(ctx, eventQuery(q, at, isFull))
		},
		position: events.Event.Position,
		matches:  func(q *question, e *events.Event) bool { return q.matches(&e.Record) },
		write:    func(d *draft, q *question, e *events.Event) error { return q.format.writeEvent(d, q.view, &e.Record) },
	}, r)
}

func eventQuery(q *question, at resumePoint, isFull func() bool) events.Query {
	query := events.Query{
		From: at.from, To: at.to, After: at.after,
		RecordTypes: q.recordTypes, Numbers: q.numbers, Keep: q.keep, Terms: q.terms(),
		Limit: q.rowLimit(),
	}
	// Otherwise the next item may not match, and the next page would be empty.
	if q.isExact() {
		query.Enough = isFull
	}
	return query
}

// serveEvent serves /api/v1/events/{id}: every event with this Id, newest
// first. Usually there is one; an Id that came with several CreationTimes has
// several.
func (h *handler) serveEvent(r *request) (response, error) {
	if _, err := parseQueryString(r.URL.RawQuery, nil); err != nil {
		return response{}, err
	}
	found, err := h.Store.Events.ByID(r.Context(), r.id)
	if err != nil {
		return response{}, fmt.Errorf("read events by id: %w", err)
	}
	if len(found) == 0 {
		return response{}, &apiError{status: http.StatusNotFound, code: "NotFound", message: "no event with this Id"}
	}
	return h.foundEvents(found)
}

func (h *handler) foundEvents(found []events.Event) (response, error) {
	var body bytes.Buffer
	o := beginObject(&body)
	o.name("value")
	body.WriteByte('[')
	for i, e := range found {
		if i > 0 {
			body.WriteByte(',')
		}
		item := beginItem(&body, &e.Record)
		h.writeSource(item, e)
		item.end()
		if item.err != nil {
			return response{}, item.err
		}
	}
	body.WriteByte(']')
	o.end()
	return response{status: http.StatusOK, body: text(body.Bytes())}, nil
}

// writeSource writes the content blob in which the event came, and the name of
// its raw blob.
func (h *handler) writeSource(item *object, e events.Event) {
	item.name("Content")
	o := beginObject(item.out)
	o.text("contentId", e.Content.ID)
	o.text("contentType", e.Content.Type)
	o.time("contentCreated", e.Content.Created)
	o.text("blob", h.Store.RawName(e.Content))
	o.end()
	item.err = o.err
}
