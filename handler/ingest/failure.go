package ingest

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/store"
)

// earlyTries are made within minutes, since most of what fails does so for a
// moment; the ones after that are up to longestDelay apart.
const (
	earlyTries   = 3
	longestDelay = 4 * time.Hour
	// lastChance is how long before its expiration a content is tried again
	// at the latest, and then over and over.
	lastChance = 15 * time.Minute
)

// stops tells whether err means that the API serves nothing just now, so
// that the contents after this one would fail alike.
func stops(err error) bool {
	switch feed.ClassOf(err) {
	case feed.Throttled, feed.Configuration, feed.NotSubscribed:
		return true
	}
	return false
}

// standsBack is for how long a content is left alone that was told what seems
// to be meant for all: longer than a tick, so that the next one begins with
// others, should it be meant for this one alone.
const standsBack = 8 * time.Minute

// behindOthers is a content whose try stopped the drain, and is none: pending
// as before, but not the first in the next drain. One that has expired has no
// claim to be.
func (in *Ingest) behindOthers(entry store.Entry, err error) loaded {
	entry.Error = reason(err)
	delay := standsBack
	if left := in.left(entry); left > 0 {
		delay = min(delay, left/2)
	}
	entry.NextTry = in.Now().Add(delay)
	return loaded{entry: entry}
}

// failed decides what a failed try makes of its content: pending for a later
// try, lost, or unreadable. It returns err itself where the failure is not
// the content's own.
func (in *Ingest) failed(ctx context.Context, entry store.Entry, err error) (loaded, error) {
	if ctx.Err() != nil || stops(err) {
		return loaded{}, err
	}
	entry.Tries++
	entry.Error = reason(err)
	class := feed.ClassOf(err)
	switch {
	case class == feed.TooLarge:
		entry.State = store.Unreadable
	case class == feed.Gone && isBelieved(entry, err), in.left(entry) <= 0:
		entry.State = store.Lost
	default:
		entry.NextTry = in.nextTry(entry)
	}
	return loaded{entry: entry}, nil
}

// isBelieved tells whether an answer is taken for it that a content is gone,
// after which it is never asked for again. A 404 that does not name one of the
// API's reasons may come from something between us and the API, and is asked
// for as often as a body that is no array. What was only noticed has another
// chance when it is listed.
func isBelieved(entry store.Entry, gone error) bool {
	api, ok := errors.AsType[*feed.Error](gone)
	unexplained := ok && api.Status != 0 && api.Code == ""
	return !unexplained || entry.Noticed || entry.Tries >= bodyTries
}

// isContents tells whether storage's err is about the content at hand, and not
// one that any other would meet: storage does not answer, or lets nobody in.
func isContents(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !store.Unavailable(err) && !store.Denied(err)
}

// refused is the entry of a content whose blob or rows storage refuses: it stays pending,
// with the reason, and does not hold up the others.
func (in *Ingest) refused(ctx context.Context, entry store.Entry, code string, err error) store.Entry {
	in.Log.ErrorContext(ctx, "content refused by storage", "contentType", entry.Type, "contentId", entry.ID, "code", code, "error", err.Error())
	entry.State, entry.Counts = store.Pending, store.Counts{}
	entry.Tries++
	entry.Error = code + ": " + err.Error()
	entry.NextTry = in.nextTry(entry)
	return entry
}

// reason is err in words that are safe to store and to show: those of the
// two packages that promise so.
func reason(err error) string {
	if api, ok := errors.AsType[*feed.Error](err); ok {
		return api.Error()
	}
	if errors.Is(err, audit.ErrNotArray) {
		return "NotAnArray: " + err.Error()
	}
	return "the request failed"
}

func unreadable(entry store.Entry, why string) store.Entry {
	entry.State, entry.Error = store.Unreadable, why
	return entry
}

// isEarly tells whether an entry's next try belongs to the drain in which
// the last one failed.
func isEarly(e store.Entry) bool { return e.Tries > 0 && e.Tries < earlyTries }

// left is how long a content can still be had.
func (in *Ingest) left(e store.Entry) time.Duration {
	left := e.Expiration.Sub(in.Now())
	if in.Skew != nil {
		left -= in.Skew()
	}
	return left
}

func (in *Ingest) nextTry(e store.Entry) time.Time { return nextTry(in.Now(), e.Tries, in.left(e)) }

// nextTry is a random moment within a span that grows with the tries (full
// jitter), so that contents that failed together are not tried together. It
// is no later than lastChance before the content expires, and from then on
// after half of the time that is left, so that a content that can still be
// had is.
func nextTry(now time.Time, tries int, left time.Duration) time.Time {
	delay := time.Duration(rand.Float64() * float64(span(tries)))
	longest := left - lastChance
	if left <= lastChance {
		longest = left / 2
	}
	if longest > 0 {
		delay = min(delay, longest)
	}
	return now.Add(delay)
}

// span is the longest delay after the given number of failed tries.
func span(tries int) time.Duration {
	switch tries {
	case 1:
		return 20 * time.Second
	case 2:
		return time.Minute
	}
	return min(longestDelay, 5*time.Minute<<min(tries-earlyTries, 10))
}
