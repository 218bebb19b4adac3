package query

import (
	"context"
	"iter"
	"time"
)

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
	for item, err := range r.list.read(ctx, r.question, at.from, at.to, at.after) {
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
