package query

import (
	"context"
	"iter"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// A place is how far a question has been answered: the window of time that is
// being read, and the last item of it that was. Everything newer is done.
type place struct {
	from, to time.Time      // [from, to); an empty window is a place between two windows
	after    store.Position // "": none of the window was read yet
}

// A step is an item that was read, or the end of a window, and the place
// behind it.
type step[T any] struct {
	item  *T // nil: the end of a window
	place place
}

// Where storage reads all of a time and picks out what is asked for, it says
// nothing until it has found one. So such a question is read in windows: they end
// often enough for the budget to be looked at and for the next request to
// begin where this one stopped, and they grow while storage is quick, so that
// years in which there is nothing take a few of them. A window that has been
// begun is read to its end, or to the first event of it, whatever the budget.
const (
	windowGrowth  = 4
	longestWindow = 10 * 365 * 24 * time.Hour // what is longer is read as one
	quick         = time.Second
)

// scan reads the items that may answer q, newest first, from the place where
// q begins to the end of its range.
func scan[T any](ctx context.Context, l *list[T], q *question, now func() time.Time) iter.Seq2[step[T], error] {
	return func(yield func(step[T], error) bool) {
		if !readWindow(ctx, l, q, q.begin, yield) {
			return
		}
		size := l.window
		for end := q.begin.from; end.After(q.from); {
			began, window := now(), place{from: q.windowStart(end, size), to: end}
			if !readWindow(ctx, l, q, window, yield) {
				return
			}
			end = window.from
			size *= windowGrowth
			if now().Sub(began) > quick {
				size = l.window
			}
		}
	}
}

// windowStart is where the window of about this size begins that ends at end.
func (q *question) windowStart(end time.Time, size time.Duration) time.Time {
	if !q.isPickedOut() || size > longestWindow {
		return q.from
	}
	from := end.Add(-size).Truncate(time.Hour) // where a partition of events begins
	if from.Before(q.from) {
		return q.from
	}
	return from
}

// readWindow yields what is left of the window at, and its end; false if the
// caller has had enough.
func readWindow[T any](ctx context.Context, l *list[T], q *question, at place, yield func(step[T], error) bool) bool {
	if !at.from.Before(at.to) {
		return true
	}
	for item, err := range l.read(ctx, q, at.from, at.to, at.after) {
		if err != nil {
			yield(step[T]{}, err)
			return false
		}
		at.after = l.position(item)
		if !yield(step[T]{&item, at}, nil) {
			return false
		}
	}
	return yield(step[T]{place: place{from: at.from, to: at.from}}, nil)
}

// isPickedOut reports whether storage passes over what is not asked for
// without saying so. What it finds by terms it does say.
func (q *question) isPickedOut() bool {
	if len(q.states) > 0 {
		return true
	}
	return len(q.terms) == 0 && len(q.recordTypes)+len(q.numbers)+len(q.freeText) > 0
}

// expects is how many rows a page is going to read: one more than it shows; 0
// where that is many, or where it takes others to find them.
func (q *question) expects() int {
	const many = 1000 // rows that storage sends at a time
	if q.resultSize >= many || !q.isSimple() {
		return 0
	}
	return q.resultSize + 1
}

// isSimple reports whether storage finds nothing but what is asked for, by
// columns or by one list of terms.
func (q *question) isSimple() bool {
	if len(q.terms) == 0 {
		return len(q.criteria)+len(q.freeText) == 0
	}
	// Where one thing is asked for, and there are terms, they are its terms.
	return len(q.terms) == 1 && len(q.criteria)+min(len(q.recordTypes), 1)+len(q.numbers)+len(q.freeText) == 1
}
