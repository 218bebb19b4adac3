package query

import "context"

// A page is a part of an answer. It may have few items or none and still not
// be the last.
type page[T any] struct {
	items []T
	next  *place // nil: the answer ends here
}

// read reads the page of q that begins at q.begin. It is full when it has
// resultSize items, and is then the last exactly if there is no further one.
func read[T any](ctx context.Context, h *handler, l *list[T], q *question) (page[T], error) {
	var p page[T]
	cost := meter{budget: h.budget, began: h.Now()}
	at := q.begin
	for s, err := range scan(ctx, l, q, h.Now) {
		if err != nil {
			return page[T]{}, err
		}
		if s.item != nil && l.matches(q, s.item) {
			if len(p.items) == q.resultSize {
				p.next = &at
				return p, nil
			}
			p.items = append(p.items, *s.item)
		}
		at = s.place
		if cost.spent(s.item != nil, h.Now()) {
			p.next = &at
			return p, nil
		}
	}
	return p, nil
}
