package pull

import (
	"iter"
	"time"

	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/store"
)

const (
	// lookBack is how far back a tick lists. The margin is for the time until
	// the request arrives: a start of exactly feed.LookBack ago is then too old.
	lookBack = feed.LookBack - 10*time.Minute
	// overlap is listed again by every tick, because content blobs appear late
	// inside windows that were listed before.
	overlap = 2 * time.Hour
	// fullEvery is how often all that the API still lists is listed again, for
	// what appears even later.
	fullEvery = 24 * time.Hour
)

// A span is an interval of contentCreated, [from, to).
type span struct{ from, to time.Time }

// windows divides s into windows that the API accepts, the oldest first.
func (s span) windows() iter.Seq[span] {
	return func(yield func(span) bool) {
		for from := s.from; from.Before(s.to); from = from.Add(feed.LongestWindow) {
			if !yield(span{from, earlier(from.Add(feed.LongestWindow), s.to)}) {
				return
			}
		}
	}
}

// A plan is what a tick lists.
type plan struct {
	span
	full bool       // all that the API still lists
	gap  *store.Gap // what the API no longer lists and was not listed in time; nil: nothing
}

// planListing decides what to list at now. Times are cut to seconds, the finest
// that the API accepts.
func planListing(checkpoint store.Checkpoint, now time.Time) plan {
	now = now.UTC().Truncate(time.Second)
	oldest := now.Add(-lookBack)
	p := plan{span: span{from: checkpoint.ListedThrough.Add(-overlap), to: now}}
	if checkpoint.ListedThrough.IsZero() || now.Sub(checkpoint.FullListing) >= fullEvery || p.from.Before(oldest) {
		p.from, p.full = oldest, true
	}
	if !checkpoint.ListedThrough.IsZero() && checkpoint.ListedThrough.Before(oldest) {
		p.gap = &store.Gap{From: checkpoint.ListedThrough, To: oldest}
	}
	return p
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
