package query

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// events answers /api/v1/events: one page of the events that were asked for.
func (h *handler) events(r *http.Request) (response, error) {
	q, err := ask(r.URL.RawQuery, h.Now())
	if err != nil {
		return response{}, err
	}
	base, err := origin(r)
	if err != nil {
		return response{}, err
	}
	// Read before the events, so that it never promises more than they hold.
	complete, err := h.completeThrough(r.Context())
	if err != nil {
		return response{}, err
	}
	p, err := h.read(r.Context(), &q)
	if err != nil {
		return response{}, fmt.Errorf("read events: %w", err)
	}
	next := ""
	if p.next != nil {
		next = base + pathPrefix + "events?" + q.next(*p.next)
	}
	return writePage(p.events, q.view, next, complete)
}

// writePage is a page as JSON. next is "" on the last page.
func writePage(events []store.Event, v view, next string, complete time.Time) (response, error) {
	var body bytes.Buffer
	o := beginObject(&body)
	o.name("value")
	if err := writeEvents(&body, events, v); err != nil {
		return response{}, err
	}
	header := map[string]string{}
	if next != "" {
		o.text("nextLink", next)
		header["Link"] = "<" + next + `>; rel="next"`
	}
	if !complete.IsZero() {
		o.time("completeThrough", complete)
	}
	o.end()
	return response{status: http.StatusOK, header: header, body: body.Bytes()}, o.err
}

func writeEvents(out *bytes.Buffer, events []store.Event, v view) error {
	out.WriteByte('[')
	for i := range events {
		if i > 0 {
			out.WriteByte(',')
		}
		if v == asSent {
			out.Write(events[i].Record.JSON)
			continue
		}
		o := beginItem(out, &events[i].Record)
		o.end()
		if o.err != nil {
			return o.err
		}
	}
	out.WriteByte(']')
	return nil
}
