package ingest

import (
	"context"
	"errors"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// Every transition of a ledger entry is decided in this file. An attempt ends
// in one of them, and Settle records it:
//
//	done        pending -> done: the raw blob is stored and parsed
//	unreadable  pending -> unreadable: the body is not an array, is too large, or the raw blob is damaged
//	lost        pending -> lost: gone at the API, or expired there before it could be read
//	retry       pending -> pending: one more attempt counted, the next one later
//	deferred    pending -> pending: no attempt counted, but others come first
//
// After any other error the entry does not change.

// done returns the entry of a content blob whose raw blob is stored. Its rows
// must be written before the ledger says so.
func done(entry ledger.Entry, parsed audit.Parsed) ledger.Entry {
	entry.State, entry.Error = ledger.Done, ""
	entry.Counts = ledger.Counts{Records: parsed.Total, Rejected: len(parsed.Rejects)}
	return entry
}

// unreadable returns the entry of a content blob that no record can be read
// from, now or later.
func unreadable(entry ledger.Entry, why string) ledger.Entry {
	entry.State, entry.Error = ledger.Unreadable, why
	return entry
}

// lost returns the entry of a content blob that the API will not return any
// more.
func lost(entry ledger.Entry, why string) ledger.Entry {
	entry.State, entry.Error = ledger.Lost, why
	return entry
}

// retry returns the entry still pending, with its next attempt scheduled. The
// failed one must have been counted.
func (p *Pipeline) retry(entry ledger.Entry, why string) ledger.Entry {
	entry.State, entry.Error, entry.Counts = ledger.Pending, why, ledger.Counts{}
	entry.NextTry = nextAttempt(p.cfg.Clock.Ours(), entry.Tries, p.cfg.Clock.Until(entry.Expiration))
	return entry
}

// deferral is how long an entry waits after an error that probably affects all
// of them. It is longer than a tick, so that the next tick tries others first
// in case the error concerns this one alone.
const deferral = 8 * time.Minute

// deferred returns the entry still pending and without a counted attempt, but
// scheduled after the others. It waits for no more than half of the time until
// its expiration. One that has expired waits like any other: it has no claim to
// be first.
func (p *Pipeline) deferred(entry ledger.Entry, err error) ledger.Entry {
	delay := deferral
	if left := p.cfg.Clock.Until(entry.Expiration); left > 0 {
		delay = min(delay, left/2)
	}
	entry.Error = reason(err)
	entry.NextTry = p.cfg.Clock.Ours().Add(delay)
	return entry
}

// failed decides between lost, unreadable and retry after an attempt without a
// raw blob. It returns err itself if that does not concern this content blob
// alone.
func (p *Pipeline) failed(ctx context.Context, entry ledger.Entry, err error) (loaded, error) {
	if ctx.Err() != nil || affectsAll(err) {
		return loaded{}, err
	}
	entry.Tries++
	class := feed.ClassOf(err)
	switch {
	case class == feed.TooLarge:
		entry = unreadable(entry, reason(err))
	case class == feed.Gone && isConfirmedGone(entry, err), p.cfg.Clock.Until(entry.Expiration) <= 0:
		entry = lost(entry, reason(err))
	default:
		entry = p.retry(entry, reason(err))
	}
	return loaded{entry: entry}, nil
}

// rejected logs that storage rejects a content blob's raw blob or rows, and
// returns its entry for a retry, so that it does not hold up the others. code
// is the start of the error that the ledger keeps.
func (p *Pipeline) rejected(ctx context.Context, entry ledger.Entry, code string, err error) ledger.Entry {
	p.cfg.Log.ErrorContext(ctx, "content rejected by storage", "contentType", entry.Type, "contentId", entry.ID, "code", code, "error", err.Error())
	entry.Tries++
	return p.retry(entry, code+": "+err.Error())
}

// affectsAll reports whether err means that the API serves nothing at the
// moment, so that every other content blob would meet it as well.
func affectsAll(err error) bool {
	switch feed.ClassOf(err) {
	case feed.Throttled, feed.Configuration, feed.NotSubscribed:
		return true
	}
	return false
}

// concernsOne reports whether err, of storage, concerns one content blob alone
// rather than storage as a whole, which does not respond or denies access.
func concernsOne(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !store.Unavailable(err) && !store.Denied(err)
}

// isConfirmedGone reports whether a 404 or 410 is final. One without an error
// code of the API may come from a proxy, so it must repeat bodyAttempts times.
// A content blob that is only notified gets another chance when it is listed,
// so its first one is final.
func isConfirmedGone(entry ledger.Entry, gone error) bool {
	api, ok := errors.AsType[*feed.Error](gone)
	unexplained := ok && api.Status != 0 && api.Code == ""
	return !unexplained || entry.Notified || entry.Tries >= bodyAttempts
}

// reason returns err in words that are safe to store and to show. Only the two
// packages that promise such words are quoted.
func reason(err error) string {
	if api, ok := errors.AsType[*feed.Error](err); ok {
		return api.Error()
	}
	if errors.Is(err, audit.ErrNotArray) {
		return "NotAnArray: " + err.Error()
	}
	return "the request failed"
}
