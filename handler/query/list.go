package query

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// A list is a path that answers with pages of things that have a time, newest
// first.
type list[T any] struct {
	name       string // of the path
	parameters []parameter
	// back is how far back a question goes that does not say where to begin.
	back time.Duration
	// window is how much of time storage surely reads in some seconds.
	window time.Duration
	// read yields what storage has of q between two times, behind a position.
	read func(ctx context.Context, q *question, from, to time.Time, after store.Position) iter.Seq2[T, error]
	// position is where a thing stands among all of them.
	position func(T) store.Position
	// matches picks out what storage did not.
	matches func(*question, *T) bool
	// write writes one thing in the question's format.
	write func(*draft, *question, *T) error
}

// answer answers one page of a list.
func answer[T any](h *handler, l *list[T], r *http.Request, m *meter) (response, error) {
	q, err := ask(r.URL.RawQuery, h.Now(), l.parameters, l.back)
	if err != nil {
		return response{}, err
	}
	base, err := origin(r)
	if err != nil {
		return response{}, err
	}
	// Read before the list, so that it never promises more than that holds.
	complete, err := h.completeThrough(r.Context())
	if err != nil {
		return response{}, err
	}
	p, err := read(r.Context(), h, l, &q, m)
	if errors.Is(err, store.ErrPosition) { // with the right checksum: somebody has made it up
		return response{}, notACursor()
	}
	if err != nil {
		return response{}, fmt.Errorf("read %s: %w", l.name, err)
	}
	next := ""
	if p.next != nil {
		next = base + pathPrefix + l.name + "?" + q.next(*p.next)
	}
	body, err := newSheet(p, &q, next, complete)
	return response{status: http.StatusOK, header: l.header(&q, next, complete), body: body}, err
}

// header says in headers what only JSON has room for in the body.
func (l *list[T]) header(q *question, next string, complete time.Time) map[string]string {
	header := map[string]string{"Content-Type": q.format.mediaType}
	if next != "" {
		header["Link"] = "<" + next + `>; rel="next"`
	}
	if !complete.IsZero() {
		header[completeHeader] = complete.UTC().Format(time.RFC3339Nano)
	}
	if q.format.download {
		const day = "20060102T150405Z"
		header["Content-Disposition"] = fmt.Sprintf(`attachment; filename="labeltrail-%s-%s-%s.%s"`,
			l.name, q.from.Format(day), q.to.Format(day), q.format.name)
	}
	return header
}
