package tenant

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/records"
)

// item is a content blob as the API lists it.
type item struct {
	*records.Stream
	k           int // number of the blob in the stream
	created     time.Time
	available   time.Time // the API lists it from then on
	fault       FaultMode // of the blob, if any
	republished bool      // whether this is its second appearance, under another id
}

// item returns content blob k of a stream.
func (t *Tenant) item(s *records.Stream, k int) item {
	f := t.faults.Load()
	created := s.Created(k)
	i := item{Stream: s, k: k, created: created, available: created, fault: f.contentFault(s, k)}
	if i.fault == Late {
		i.available = created.Add(f.lateness(s, k))
	}
	return i
}

// contentID returns the contentId. It is computed only when it is needed.
func (i item) contentID() string { return i.ID(i.k, i.created) }

// republish returns the second appearance of an item, if it has one.
func (t *Tenant) republish(i item) (item, bool) {
	if i.fault != Republished {
		return i, false
	}
	i.created = i.created.Add(t.faults.Load().republishedAfter(i.Stream, i.k))
	i.available, i.republished = i.created, true
	return i, true
}

// catalogue returns the content blobs of a stream that were created in a window
// and are available at a time, in the order in which they became available.
func (t *Tenant) catalogue(s *records.Stream, w window, now time.Time) []item {
	var items []item
	add := func(i item) {
		if !i.created.Before(w.start) && i.created.Before(w.end) && !i.available.After(now) {
			items = append(items, i)
		}
	}
	for k := s.FirstAt(t.earliest(w.start)); s.Created(k).Before(w.end) && !s.Created(k).After(now); k++ {
		i := t.item(s, k)
		add(i)
		if second, found := t.republish(i); found {
			add(second)
		}
	}
	slices.SortStableFunc(items, func(a, b item) int {
		return cmp.Or(a.available.Compare(b.available), a.created.Compare(b.created), cmp.Compare(a.k, b.k))
	})
	return items
}

// earliest returns the first creation time of a blob that may appear, or appear
// again, at a time.
func (t *Tenant) earliest(at time.Time) time.Time {
	if t.faults.Load().has(Republished) {
		return at.Add(-republishedTo)
	}
	return at
}

// find returns the content blob with an id.
func (t *Tenant) find(id string) (item, bool) {
	const week = 7 * 24 * time.Hour
	created, ok := records.CreatedOf(id)
	if !ok {
		return item{}, false
	}
	for _, s := range t.streams {
		if created.Before(s.First) || created.Sub(s.First) > 1000*week { // a forged id must not make us count to it
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

// bytes returns the body that the API sends for a blob that is not lost.
func (i item) bytes() []byte {
	body := i.Body(i.k)
	switch i.fault {
	case NotArray:
		return append(append([]byte(`{"value":`), body...), '}')
	case ByteOrderMark:
		return append([]byte("\xef\xbb\xbf"), body...)
	case BrokenRecord:
		body = bytes.TrimSuffix(body, []byte("]"))
		if len(body) > 1 {
			body = append(body, ',')
		}
		return append(append(body, records.Broken...), ']')
	}
	return body
}
