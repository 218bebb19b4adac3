package query

import (
	"context"
	"errors"

	"github.com/labeltrail/labeltrail/handler/store"
)

// A page is a part of an answer. It may have few items or none and still not
// be the last.
type page struct {
	spool
	next *place // nil: the answer ends here
}

// read reads the page of q that begins at q.begin. It is full when it has
// resultSize items, and is then the last exactly if there is no further one.
func read[T any](ctx context.Context, h *handler, l *list[T], q *question, m *meter) (*page, error) {
	var p page
	var d draft
	at := q.begin
	q.enough = func() bool { return p.items == q.resultSize }
	for s, err := range scan(ctx, l, q, h.Now) {
		if errors.Is(err, store.ErrFurther) {
			p.next = &at
			return &p, nil
		}
		if err != nil {
			return nil, err
		}
		if s.item != nil && l.matches(q, s.item) {
			if p.items == q.resultSize {
				p.next = &at
				return &p, nil
			}
			d.Reset()
			d.number, d.hole = p.items+1, 0
			if err := l.write(&d, q, s.item); err != nil {
				return nil, err
			}
			if err := p.add(&d); err != nil {
				return nil, err
			}
			m.hold(p.held)
		}
		at = s.place
		if m.spent(h.Now()) {
			p.next = &at
			return &p, nil
		}
	}
	return &p, nil
}
