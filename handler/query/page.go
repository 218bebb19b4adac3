package query

import (
	"context"

	"github.com/labeltrail/labeltrail/handler/store"
)

// A page is a part of an answer. It may have few events or none and still not
// be the last.
type page struct {
	events []store.Event
	next   *place // nil: the answer ends here
}

// read reads the page of q that begins at q.begin. It is full when it has
// resultSize events, and is then the last exactly if there is no further one.
func (h *handler) read(ctx context.Context, q *question) (page, error) {
	var p page
	cost := meter{budget: h.budget, began: h.Now()}
	at := q.begin
	for s, err := range h.scan(ctx, q) {
		if err != nil {
			return page{}, err
		}
		if s.event != nil && q.matches(&s.event.Record) {
			if len(p.events) == q.resultSize {
				p.next = &at
				return p, nil
			}
			p.events = append(p.events, *s.event)
		}
		at = s.place
		if cost.spent(s, h.Now()) {
			p.next = &at
			return p, nil
		}
	}
	return p, nil
}
