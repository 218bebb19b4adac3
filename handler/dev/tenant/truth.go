package tenant

import (
	"iter"
	"time"
)

// Record is one label event, as a complete client holds it.
type Record struct {
	ID           string
	RecordType   int
	CreationTime time.Time
	JSON         []byte // the bytes of the record in the content
	ContentID    string // of the first content that has it
}

// Contents returns the contents of all content types that are available until
// a time, by content type and in the order of their availability. Those whose
// expiration has passed are among them, and those that the moods lose.
func (t *Tenant) Contents(until time.Time) []Content {
	return t.contentsThat(until, func(item) bool { return true })
}

// Lost returns the contents among Contents that are listed and cannot be had:
// their answer is an error, every time.
func (t *Tenant) Lost(until time.Time) []Content {
	return t.contentsThat(until, func(i item) bool { return lost(i.fate) })
}

// Unreadable returns the contents among Contents that can be had but are no
// array of records.
func (t *Tenant) Unreadable(until time.Time) []Content {
	return t.contentsThat(until, func(i item) bool { return i.fate == NotArray })
}

// Broken returns the contents among Contents with a record, not of the truth,
// that is no valid JSON. The others of the same content are.
func (t *Tenant) Broken(until time.Time) []Content {
	return t.contentsThat(until, func(i item) bool { return i.fate == BrokenRecord })
}

func (t *Tenant) contentsThat(until time.Time, is func(item) bool) []Content {
	var contents []Content
	for _, s := range t.streams {
		for _, i := range t.items(s, until) {
			if is(i) {
				contents = append(contents, t.content(i))
			}
		}
	}
	return contents
}

// items returns everything of a stream that is available until a time.
func (t *Tenant) items(s *stream, until time.Time) []item {
	return t.catalogue(s, window{s.first, until.Add(1)}, until)
}

// Body returns the bytes of a content, exactly those that the API sends before
// any gzip. It exists from the time at which the content becomes available,
// and never for those that are Lost.
func (t *Tenant) Body(id string) ([]byte, bool) {
	i, found := t.find(id)
	if !found || i.available.After(t.now()) || lost(i.fate) {
		return nil, false
	}
	return i.bytes(), true
}

// Truth yields every label event (AIP's and Purview's) of the contents that are
// available until a time, each once, and whether it can be had or not.
func (t *Tenant) Truth(until time.Time) iter.Seq[Record] {
	return t.records(until, func(item) bool { return true })
}

// Obtainable yields those of Truth that a complete client holds: those in at
// least one content that is neither Lost nor Unreadable. ContentID is one of
// these.
func (t *Tenant) Obtainable(until time.Time) iter.Seq[Record] {
	return t.records(until, func(i item) bool { return !lost(i.fate) && i.fate != NotArray })
}

// records yields every event of the contents that have a property, once.
func (t *Tenant) records(until time.Time, has func(item) bool) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		for _, s := range t.streams {
			if !t.recordsOf(s, until, has, yield) {
				return
			}
		}
	}
}

func (t *Tenant) recordsOf(s *stream, until time.Time, has func(item) bool, yield func(Record) bool) bool {
	present := make(map[int]bool) // the contents that have their own events
	rescued := make(map[int64]bool)
	for _, i := range t.items(s, until) {
		if !i.again && has(i) {
			present[i.k] = true
		}
	}
	for _, i := range t.items(s, until) {
		if !present[i.k] || i.again {
			continue
		}
		for _, c := range s.newEvents(i.k, present, rescued) {
			if !yield(s.record(c, i.contentID())) {
				return false
			}
		}
	}
	return true
}

// newEvents returns the events of content k, and those of its duplicates whose
// first content is not present and which no other content has rescued.
func (s *stream) newEvents(k int, present map[int]bool, rescued map[int64]bool) []copied {
	var events []copied
	for n := s.eventsBefore(k); n < s.eventsBefore(k+1); n++ {
		events = append(events, copied{n, k})
	}
	for _, c := range s.duplicates(k) {
		if !present[c.content] && !rescued[c.event] {
			rescued[c.event] = true
			events = append(events, c)
		}
	}
	return events
}

// record returns the record of an event.
func (s *stream) record(c copied, contentID string) Record {
	e := s.event(c.event, c.content)
	return Record{e.id, e.recordType(), e.time, s.appendEvent(nil, c.event, c.content), contentID}
}
