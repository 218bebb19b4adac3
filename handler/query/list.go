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

// A list is a path that serves pages of items ordered by time, newest first.
type list[T any] struct {
	name       string // of the path
	parameters []parameter
	// back is the length of the range if the request gives no start.
	back time.Duration
	// window is a length of time that storage reads within seconds, however
	// busy the tenant.
	window time.Duration
	// read yields the items of q in a window, from the resume point on. It may
	// end with events.ErrFurther instead of an item when the page is full.
	read func(ctx context.Context, q *question, at resumePoint, isFull func() bool) iter.Seq2[T, error]
	// position returns an item's position among all items.
	position func(T) store.Position
	// matches applies the filters that the store does not.
	matches func(*question, *T) bool
	// write writes an item in the question's format.
	write func(*draft, *question, *T) error
}

// serveList serves one page of a list.
func serveList[T any](h *handler, l *list[T], r *request) (response, error) {
	q, err := ask(r.URL.RawQuery, h.Now(), l.parameters, l.back)
	if err != nil {
		return response{}, err
	}
	base, err := origin(r.Request)
	if err != nil {
		return response{}, err
	}
	// Read before the list, so that the page holds everything it promises.
	complete, err := h.completeThrough(r.Context())
	if err != nil {
		return response{}, err
	}
	reader := pageReader[T]{list: l, question: &q, meter: r.meter, now: h.Now}
	p, err := reader.read(r.Context())
	if errors.Is(err, store.ErrPosition) { // the checksum was valid, so somebody computed it
		return response{}, invalidCursor()
	}
	if err != nil {
		return response{}, fmt.Errorf("read %s: %w", l.name, err)
	}
	next := ""
	if p.next != nil {
		next = base + pathPrefix + l.name + "?" + q.next(*p.next)
	}
	end := pageEnd{next, complete}
	body, err := newPageBody(p, &q, end)
	return response{status: http.StatusOK, header: l.header(&q, end), body: body}, err
}

// header returns the headers of a page. They repeat what only JSON has room
// for in the body.
func (l *list[T]) header(q *question, end pageEnd) map[string]string {
	header := map[string]string{"Content-Type": q.format.mediaType}
	if end.next != "" {
		header["Link"] = "<" + end.next + `>; rel="next"`
	}
	if !end.complete.IsZero() {
		header[CompleteHeader] = end.complete.UTC().Format(time.RFC3339Nano)
	}
	if q.format.download {
		const layout = "20060102T150405Z"
		header["Content-Disposition"] = fmt.Sprintf(`attachment; filename="labeltrail-%s-%s-%s.%s"`,
			l.name, q.from.Format(layout), q.to.Format(layout), q.format.name)
	}
	return header
}
