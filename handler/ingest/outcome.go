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

// This file decides how an attempt changes the entry of its content blob; the
// rest of the package carries that out, and Settle records it:
//
//	done        pending -> done: the raw blob is stored and parsed
//	unreadable  pending -> unreadable: the body is not an array, is too large, or the raw blob is damaged
//	lost        pending -> lost: gone at the API, or expired there before it could be read
//	retry       pending -> pending: one more attempt counted, the next one later
//	deferred    pending -> pending: no attempt counted, but others come first
//
// After any other error the entry does not change.
//
// Package ledger decides the changes that follow from a listing or a
// notification. AddPending and AddNotified add new entries as pending. AddPending
// also turns an entry that was known only from a notification into a listed one:
// a lost one becomes pending again, and a pending one gets the listed expiration.

const (
	// bodyAttempts is how often a body that is not an array of records is
	// fetched before it is stored as what the API has. The API has been seen
	// to respond 200 with half a body or a page of HTML, and a raw blob is
	// never replaced.
	bodyAttempts = 3
	// cutOffAttempts is bodyAttempts for a body that breaks off, which cannot
	// be what the API has. The last attempts are hours after the first.
	cutOffAttempts = 8
)

// stored decides between done and unreadable for a content blob whose raw blob
// is stored. parseErr says that no record can be read from it, now or later.
// The rows of a done entry must be written before the ledger says so.
func (p *Pipeline) stored(entry ledger.Entry, parsed audit.Parsed, parseErr error) ledger.Entry {
	entry.Blob = p.cfg.Store.RawName(entry.Content)
	if parseErr != nil {
		return unreadable(entry, "NotAnArray: "+parseErr.Error())
	}
	entry.State, entry.Error = ledger.Done, ""
	entry.Counts = ledger.Counts{Records: parsed.Total, Rejected: len(parsed.Rejects)}
	return entry
}

// damaged returns the entry of a content blob whose raw blob has changed: it is
// unreadable.
func damaged(entry ledger.Entry) ledger.Entry {
	return unreadable(entry, "RawBlobChanged: its bytes do not have the checksum they were stored with")
}

// canRefetch reports whether to fetch a body that is not a JSON array again
// rather than store it: yes while attempts remain and there is still time for
// a final one, whose body is stored whatever it is.
func (p *Pipeline) canRefetch(entry ledger.Entry, parseErr error) bool {
	attempts, left := entry.Tries+1, p.cfg.Clock.Until(entry.Expiration)
	if errors.Is(parseErr, audit.ErrCutOff) && attempts >= bodyAttempts {
		return attempts < cutOffAttempts && left > lastChance
	}
	return parseErr != nil && attempts < bodyAttempts && left > 0
}

// notFetched decides between lost, unreadable and retry after an attempt that
// did not get a body to store. It returns err itself, and no entry, if that does
// not concern this content blob alone.
func (p *Pipeline) notFetched(ctx context.Context, entry ledger.Entry, err error) (ledger.Entry, error) {
	if ctx.Err() != nil || apiServesNothing(err) {
		return ledger.Entry{}, err
	}
	entry.Tries++
	class := feed.ClassOf(err)
	switch {
	case class == feed.TooLarge:
		return unreadable(entry, reason(err)), nil
	case class == feed.Gone && isConfirmedGone(entry, err), p.cfg.Clock.Until(entry.Expiration) <= 0:
		return lost(entry, reason(err)), nil
	}
	return p.retry(entry, reason(err)), nil
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

// notLoaded decides whether an entry is deferred or retried after load has
// returned err. It reports false if the entry does not change: no attempt is
// counted, and it keeps its turn.
//
// An error that means that the API serves nothing does not change it, except one
// of class Configuration, such as a missing permission. That may concern this
// content blob alone, so the entry is deferred and the next drain starts with
// others.
func (p *Pipeline) notLoaded(ctx context.Context, entry ledger.Entry, err error) (next ledger.Entry, changed bool) {
	switch {
	case feed.ClassOf(err) == feed.Configuration:
		return p.deferred(entry, err), true
	case apiServesNothing(err) || !storageRefuses(ctx, err):
		return entry, false
	}
	return p.refused(ctx, entry, "RawRefused", err), true
}

// refused logs that storage refuses a content blob's raw blob or rows, and
// returns its entry for a retry, so that it does not hold up the others. code
// is the start of the error that the ledger keeps.
func (p *Pipeline) refused(ctx context.Context, entry ledger.Entry, code string, err error) ledger.Entry {
	p.cfg.Log.ErrorContext(ctx, "content refused by storage", "contentType", entry.Type, "contentId", entry.ID, "code", code, "error", err.Error())
	entry.Tries++
	return p.retry(entry, code+": "+err.Error())
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

// apiServesNothing reports whether err, of the API, means that every other
// content blob would meet it as well at the moment.
func apiServesNothing(err error) bool {
	switch feed.ClassOf(err) {
	case feed.Throttled, feed.Configuration, feed.NotSubscribed:
		return true
	}
	return false
}

// storageRefuses reports whether err, of storage, concerns one content blob's
// raw blob or rows. Any other error of storage concerns all of them: storage
// does not respond, or denies access.
func storageRefuses(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !store.Unavailable(err) && !store.Denied(err)
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
