package query

import (
	"bytes"
	"context"
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
	// read yields what storage has of q between two times, behind a position.
	read func(ctx context.Context, q *question, from, to time.Time, after store.Position) iter.Seq2[T, error]
	// position is where a thing stands among all of them.
	position func(T) store.Position
	// matches picks out what storage did not.
	matches func(*question, *T) bool
	// write writes one thing as JSON.
	write func(*bytes.Buffer, *question, *T) error
}

// answer answers one page of a list.
func answer[T any](h *handler, l *list[T], r *http.Request) (response, error) {
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
	p, err := read(r.Context(), h, l, &q)
	if err != nil {
		return response{}, fmt.Errorf("read %s: %w", l.name, err)
	}
	next := ""
	if p.next != nil {
		next = base + pathPrefix + l.name + "?" + q.next(*p.next)
	}
	return writePage(p.items, func(out *bytes.Buffer, item *T) error { return l.write(out, &q, item) }, next, complete)
}

// writePage is a page as JSON. next is "" on the last page.
func writePage[T any](items []T, write func(*bytes.Buffer, *T) error, next string, complete time.Time) (response, error) {
	var body bytes.Buffer
	o := beginObject(&body)
	o.name("value")
	body.WriteByte('[')
	for i := range items {
		if i > 0 {
			body.WriteByte(',')
		}
		if err := write(&body, &items[i]); err != nil {
			return response{}, err
		}
	}
	body.WriteByte(']')
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
