package query

import (
	"context"
	"errors"
	"iter"
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
	page     page  // what read returns
	draft    draft // reused for each item
}

func (r *pageReader[T]) isFull() bool { return r.page.items == r.question.resultSize }

// read returns the page that begins at the question's start. It ends the page
// when resultSize items are in it or the budget is used up. A full page is the
// last one only if no further item matches.
func (r *pageReader[T]) read(ctx context.Context) (*page, error) {
	q, p, at := r.question, &r.page, r.question.start
	for s, err := range r.scan(ctx) {
		if errors.Is(err, events.ErrFurther) {
			p.next = &at
			return p, nil
		}
		if err != nil {
			return nil, err
		}
		if s.item != nil && r.list.matches(q, s.item) {
			if r.isFull() {
				p.next = &at
				return p, nil
			}
			if err := r.add(s.item); err != nil {
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

func (r *pageReader[T]) add(item *T) error {
	r.draft.begin(r.page.items + 1)
	if err := r.list.write(&r.draft, r.question, item); err != nil {
		return err
	}
	if err := r.page.add(&r.draft); err != nil {
		return err
	}
	r.meter.setMemory(r.page.memory)
	return nil
}

// A filtered scan yields nothing until the store finds a match. So it is cut
// into time windows that end often enough to check the budget and to resume
// there in the next request. Windows grow while storage is quick, so that
// years without a match take only a few. The budget is not checked inside a
// window until it yields an item or ends.
const (
	windowGrowth  = 4                         // factor
	longestWindow = 10 * 365 * 24 * time.Hour // a longer window becomes the rest of the range
	quick         = time.Second               // a window that took longer resets the growth
)

// A step is an item, or the end of a window, and the point to resume after it.
type step[T any] struct {
	item *T // nil at the end of a window
	at   resumePoint
}

// scan yields the items that may match, newest first, from the start of the
// page to the end of the range.
func (r *pageReader[T]) scan(ctx context.Context) iter.Seq2[step[T], error] {
	return func(yield func(step[T], error) bool) {
		q := r.question
		if !r.scanWindow(ctx, q.start, yield) {
			return
		}
		size := r.list.window
		for end := q.start.from; end.After(q.from); {
			began, window := r.now(), resumePoint{from: q.windowStart(end, size), to: end}
			if !r.scanWindow(ctx, window, yield) {
				return
			}
			end = window.from
			size *= windowGrowth
			if r.now().Sub(began) > quick {
				size = r.list.window
			}
		}
	}
}

// windowStart returns the start of a window of about the given size.
func (q *question) windowStart(end time.Time, size time.Duration) time.Time {
	if !q.isFiltered() || size > longestWindow {
		return q.from
	}
	from := end.Add(-size).Truncate(time.Hour) // where a partition of events begins
	if from.Before(q.from) {
		return q.from
	}
	return from
}

// scanWindow yields the rest of a window and its end. It returns false if
// there was an error or yield returned false.
func (r *pageReader[T]) scanWindow(ctx context.Context, at resumePoint, yield func(step[T], error) bool) bool {
	if !at.from.Before(at.to) {
		return true
	}
	for item, err := range r.list.read(ctx, r.question, at, r.isFull) {
		if err != nil {
			yield(step[T]{}, err)
			return false
		}
		at.after = r.list.position(item)
		if !yield(step[T]{&item, at}, nil) {
			return false
		}
	}
	return yield(step[T]{at: resumePoint{from: at.from, to: at.from}}, nil)
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
