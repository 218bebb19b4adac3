package tenant

import (
	"iter"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/records"
)

// Content is a content blob as a complete client lists it.
type Content struct {
	ID         string    // contentId
	Type       string    // contentType
	Created    time.Time // contentCreated, UTC
	Expiration time.Time // contentExpiration, UTC
}

func (t *Tenant) content(i item) Content {
	return Content{i.contentID(), i.ContentType, i.created, t.expiration(i)}
}

// Contents returns the content blobs of all content types that are available
// until a time, by content type and in the order in which they became available.
// It includes blobs that have expired, and those that a fault makes unavailable.
func (t *Tenant) Contents(until time.Time) []Content {
	return t.contentsThat(until, func(item) bool { return true })
}

// Lost returns those of Contents that are listed but cannot be fetched: the
// response is an error every time.
func (t *Tenant) Lost(until time.Time) []Content {
	return t.contentsThat(until, func(i item) bool { return i.fault.isLoss() })
}

// Unreadable returns those of Contents that can be fetched but are not an array
// of records.
func (t *Tenant) Unreadable(until time.Time) []Content {
	return t.contentsThat(until, func(i item) bool { return i.fault == NotArray })
}

// Broken returns those of Contents that hold a record of invalid JSON. Truth does
// not have that record, but has the others of the blob.
func (t *Tenant) Broken(until time.Time) []Content {
	return t.contentsThat(until, func(i item) bool { return i.fault == BrokenRecord })
}

func (t *Tenant) contentsThat(until time.Time, match func(item) bool) []Content {
	var contents []Content
	for _, s := range t.streams {
		for _, i := range t.items(s, until) {
			if match(i) {
				contents = append(contents, t.content(i))
			}
		}
	}
	return contents
}

// items returns everything of a stream that is available until a time.
func (t *Tenant) items(s *records.Stream, until time.Time) []item {
	return t.catalogue(s, window{s.First, until.Add(1)}, until)
}

// Body returns the bytes of a content blob as the API sends them, before any
// gzip. It reports false until the blob becomes available, and always for a blob
// that is Lost.
func (t *Tenant) Body(id string) ([]byte, bool) {
	i, found := t.find(id)
	if !found || i.available.After(t.now()) || i.fault.isLoss() {
		return nil, false
	}
	return i.bytes(), true
}

// Record is one label event as a complete client holds it.
type Record struct {
	ID           string
	RecordType   int
	CreationTime time.Time
	JSON         []byte // the bytes of the record in the content blob
	ContentID    string // of the first content blob that has it
}

// Truth yields every label event (of AIP and Purview) in the content blobs that
// are available until a time, each once, whether or not its blob can be fetched.
func (t *Tenant) Truth(until time.Time) iter.Seq[Record] {
	return t.eventsThat(until, func(item) bool { return true })
}

// Obtainable yields those of Truth that a complete client holds: those in at
// least one content blob that is neither Lost nor Unreadable. ContentID names
// such a blob.
func (t *Tenant) Obtainable(until time.Time) iter.Seq[Record] {
	return t.eventsThat(until, func(i item) bool { return !i.fault.isLoss() && i.fault != NotArray })
}

// eventsThat yields every event of the content blobs that match, once.
func (t *Tenant) eventsThat(until time.Time, match func(item) bool) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		for _, s := range t.streams {
			if !t.eventsOf(s, until, match, yield) {
				return
			}
		}
	}
}

func (t *Tenant) eventsOf(s *records.Stream, until time.Time, match func(item) bool, yield func(Record) bool) bool {
	present := make(map[int]bool) // the blobs that match
	rescued := make(map[int64]bool)
	for _, i := range t.items(s, until) {
		if !i.republished && match(i) {
			present[i.k] = true
		}
	}
	for _, i := range t.items(s, until) {
		if !present[i.k] || i.republished {
			continue
		}
		for _, ref := range newEvents(i, present, rescued) {
			r := s.Record(ref)
			if !yield(Record{r.ID, r.RecordType, r.CreationTime, r.JSON, i.contentID()}) {
				return false
			}
		}
	}
	return true
}

// newEvents returns the events of a blob that no earlier one has yielded: its
// own, and its duplicates of events whose first blob is not present. It adds the
// latter to rescued, since several blobs may repeat them.
func newEvents(i item, present map[int]bool, rescued map[int64]bool) []records.Ref {
	events := i.Events(i.k)
	for _, ref := range i.Duplicates(i.k) {
		if !present[ref.Content] && !rescued[ref.Number] {
			rescued[ref.Number] = true
			events = append(events, ref)
		}
	}
	return events
}
