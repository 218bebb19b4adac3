package query

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/labeltrail/labeltrail/handler/store"
)

// event answers /api/v1/events/{id}: every event of this Id, newest first.
// There is one, as a rule; an Id that came with several CreationTimes has as
// many.
func (h *handler) event(r *http.Request, id string) (response, error) {
	if _, err := readQuery(r.URL.RawQuery, nil); err != nil {
		return response{}, err
	}
	events, err := h.Store.EventsByID(r.Context(), id)
	if err != nil {
		return response{}, fmt.Errorf("read the events of an id: %w", err)
	}
	if len(events) == 0 {
		return response{}, &fault{status: http.StatusNotFound, code: "NotFound", message: "there is no event with this Id"}
	}
	return h.writeFound(events)
}

func (h *handler) writeFound(events []store.Event) (response, error) {
	var body bytes.Buffer
	o := beginObject(&body)
	o.name("value")
	body.WriteByte('[')
	for i, e := range events {
		if i > 0 {
			body.WriteByte(',')
		}
		item := beginItem(&body, &e.Record)
		h.writeOrigin(item, e)
		item.end()
		if item.err != nil {
			return response{}, item.err
		}
	}
	body.WriteByte(']')
	o.end()
	return response{status: http.StatusOK, body: text(body.Bytes())}, nil
}

// writeOrigin says where the event's raw bytes lie.
func (h *handler) writeOrigin(item *object, e store.Event) {
	item.name("Content")
	o := beginObject(item.out)
	o.text("contentId", e.Content.ID)
	o.text("contentType", e.Content.Type)
	o.time("contentCreated", e.Content.Created)
	o.text("blob", h.Store.RawName(e.Content))
	o.end()
	item.err = o.err
}
