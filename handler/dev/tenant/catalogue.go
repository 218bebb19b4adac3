package tenant

import (
	"bytes"
	"cmp"
	"slices"
	"time"
)

// item is a content as the API lists it.
type item struct {
	*stream
	k         int
	created   time.Time
	available time.Time // from when on it is listed
	fate      FaultMode
	again     bool // published again, under another name
}

// item returns content k of a stream.
func (t *Tenant) item(s *stream, k int) item {
	m := t.moods.Load()
	created := s.created(k)
	i := item{stream: s, k: k, created: created, available: created, fate: m.fateOf(s, k)}
	if i.fate == Late {
		i.available = created.Add(m.lateness(s, k))
	}
	return i
}

// contentID returns the item's name, which is made when it is needed.
func (i item) contentID() string { return i.id(i.k, i.created) }

// republished returns the second appearance of an item, if it has one.
func (t *Tenant) republished(i item) (item, bool) {
	if i.fate != Republished {
		return i, false
	}
	i.created = i.created.Add(t.moods.Load().republishedAfter(i.stream, i.k))
	i.available, i.again = i.created, true
	return i, true
}

// catalogue returns the contents of a stream that were created in a window and
// are available at a time, in the order in which they became so.
func (t *Tenant) catalogue(s *stream, w window, now time.Time) []item {
	var items []item
	add := func(i item) {
		if !i.created.Before(w.start) && i.created.Before(w.end) && !i.available.After(now) {
			items = append(items, i)
		}
	}
	for k := s.firstAt(t.earliest(w.start)); s.created(k).Before(w.end) && !s.created(k).After(now); k++ {
		i := t.item(s, k)
		add(i)
		if second, found := t.republished(i); found {
			add(second)
		}
	}
	return sorted(items)
}

// earliest returns the time from which on a content may appear, or appear
// again, at a time.
func (t *Tenant) earliest(at time.Time) time.Time {
	if t.moods.Load().has(Republished) {
		return at.Add(-republishedTo)
	}
	return at
}

// sorted sorts by availability.
func sorted(items []item) []item {
	slices.SortStableFunc(items, func(a, b item) int {
		return cmp.Or(a.available.Compare(b.available), a.created.Compare(b.created), cmp.Compare(a.k, b.k))
	})
	return items
}

// find returns the content of an id.
func (t *Tenant) find(id string) (item, bool) {
	created, ok := createdOf(id)
	if !ok {
		return item{}, false
	}
	for _, s := range t.streams {
		if created.Before(s.first) || created.Sub(s.first) > 1000*week {
			continue
		}
		for _, i := range t.catalogue(s, window{created, created.Add(1)}, created.Add(week)) {
			if i.contentID() == id {
				return i, true
			}
		}
	}
	return item{}, false
}

// expiration returns contentExpiration.
func (t *Tenant) expiration(i item) time.Time { return i.created.Add(t.config.Expiry) }

// bytes returns what the API sends of a content that can be had.
func (i item) bytes() []byte {
	body := i.body(i.k)
	switch i.fate {
	case NotArray:
		return append(append([]byte(`{"value":`), body...), '}')
	case ByteOrderMark:
		return append([]byte("\xef\xbb\xbf"), body...)
	case BrokenRecord:
		return append(bytes.TrimSuffix(body, []byte("]")), brokenRecord(len(body) > 2)...)
	}
	return body
}

// brokenRecord ends an array with a record whose ObjectId has lone backslashes,
// as in the sample of AipFileDeleted.
func brokenRecord(follows bool) string {
	comma := ""
	if follows {
		comma = ","
	}
	return comma + `{"CreationTime":"2026-01-01T00:00:00","Id":"8417bbf6-3469-57bf-d48e-ee80f34c3d71","Operation":"FileDeleted","RecordType":96,` +
		`"UserType":5,"ObjectId":"fileshare\capacity\Data8\docs - Copy (7)\_creds\Acme Request for Time Off.doc","UserId":"svc.aipscanner@` + domain + `"}]`
}
