package query

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/events"
)

// A page is a part of the result. A page with few or no items is not
// necessarily the last one.
type page struct {
	spool
	next *resumePoint // nil on the last page
}

// A pageReader reads one page of a list.
type pageReader[T any] struct {
	list     *list[T]
	question *question
	meter    *meter
	now      func() time.Time
	draft    draft // reused for each item
}

// read returns the page that begins at the question's start. It ends the page
// when resultSize items are in it or the budget is used up. A full page is the
// last one only if no further item matches.
func (r *pageReader[T]) read(ctx context.Context) (*page, error) {
	q := r.question
	p, at := &page{}, q.start
	q.isFull = func() bool { return p.items == q.resultSize }
	for s, err := range r.scan(ctx) {
		if errors.Is(err, events.ErrFurther) {
			p.next = &at
			return p, nil
		}
		if err != nil {
			return nil, err
		}
		if s.item != nil && r.list.matches(q, s.item) {
			if q.isFull() {
				p.next = &at
				return p, nil
			}
			if err := r.add(p, s.item); err != nil {
				return nil, err
			}
		}
		at = s.at
		if r.meter.isExhausted(r.now()) {
			p.next = &at
			return p, nil
		}
	}
	return p, nil
}

func (r *pageReader[T]) add(p *page, item *T) error {
	r.draft.begin(p.items + 1)
	if err := r.list.write(&r.draft, r.question, item); err != nil {
		return err
	}
	if err := p.add(&r.draft); err != nil {
		return err
	}
	r.meter.setMemory(p.memory)
	return nil
}

// A budget limits the cost of one page. It is checked after each step, so that
// every page makes progress.
type budget struct {
	rows  int64         // table rows read
	time  time.Duration // spent reading
	bytes int64         // memory for the compressed items of one page

	// Memory for all pages in flight, and the minimum each page is always
	// granted: an instance with little memory gets as many requests as one
	// with much.
	totalBytes, shareBytes int64
}

// The default budget lets a response begin well before the front end of Azure
// App Service gives up, which is after 230 seconds. A caller that follows
// nextLink receives a long result page by page, and sees progress.
var defaultBudget = budget{
	rows:       150_000, // room for the largest page when it is found through the index
	time:       20 * time.Second,
	bytes:      24 << 20,
	totalBytes: 64 << 20,
	shareBytes: 4 << 20,
}

// A meter compares the cost of a request with the budget of its page.
type meter struct {
	budget
	start  time.Time
	cost   *store.Cost
	memory int64         // bytes that the items of the page occupy
	total  *atomic.Int64 // memory of all pages in flight
}

// setMemory records how many bytes the items of the page occupy now.
func (m *meter) setMemory(bytes int) {
	m.total.Add(int64(bytes) - m.memory)
	m.memory = int64(bytes)
}

// isExhausted reports whether the budget is used up.
func (m *meter) isExhausted(now time.Time) bool {
	return m.cost.Rows() >= m.rows || now.Sub(m.start) >= m.time ||
		m.memory >= m.bytes || m.memory >= m.shareBytes && m.total.Load() >= m.totalBytes
}
