package records

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
)

// Ref names a label event of a stream.
type Ref struct {
	Number  int64 // of the event, in the order in which events reach the service
	Content int   // number of the first content blob that holds it
}

// Record is the audit record of a label event.
type Record struct {
	ID           string
	RecordType   int
	CreationTime time.Time
	JSON         []byte // as in the body of a content blob
}

// Events returns the events that content blob k is the first to hold.
func (s *Stream) Events(k int) []Ref {
	from, to := s.eventsBefore(k), s.eventsBefore(k+1)
	refs := make([]Ref, 0, to-from)
	for n := from; n < to; n++ {
		refs = append(refs, Ref{n, k})
	}
	return refs
}

// Duplicates returns the events of earlier content blobs that blob k repeats,
// each once. There is about one for each hundred events.
func (s *Stream) Duplicates(k int) []Ref {
	var refs []Ref
	d := dice.New(s.Seed, 'd', uint64(k))
	for range s.eventsBefore(k+1)/100 - s.eventsBefore(k)/100 {
		r, found := s.earlier(&d, k)
		if found && !slices.Contains(refs, r) {
			refs = append(refs, r)
		}
	}
	return refs
}

// earlier draws an event of one of the sixty blobs before k.
func (s *Stream) earlier(d *dice.Dice, k int) (Ref, bool) {
	if k == 0 {
		return Ref{}, false
	}
	from := k - 1 - d.IntN(min(k, 60))
	first, count := s.eventsBefore(from), int(s.eventsBefore(from+1)-s.eventsBefore(from))
	if count == 0 {
		return Ref{}, false
	}
	return Ref{first + int64(d.IntN(count)), from}, true
}

// Record returns the record of an event.
func (s *Stream) Record(r Ref) Record {
	e := s.event(r)
	return Record{e.id, e.kind.recordType(), e.time, s.appendEvent(nil, r)}
}

// Body returns content blob k: a JSON array of its records, in random order.
func (s *Stream) Body(k int) []byte {
	events := append(s.Events(k), s.Duplicates(k)...)
	noise := int(s.noiseBefore(k+1) - s.noiseBefore(k))
	b := make([]byte, 0, 2+len(events)*1400+noise*1300) // bytes that a record has at most, nearly always
	b = append(b, '[')
	for i, n := range s.shuffled(k, len(events)+noise) {
		if i > 0 {
			b = append(b, ',')
		}
		if n := int(n); n < len(events) {
			b = s.appendEvent(b, events[n])
		} else {
			b = s.appendNoise(b, k, n-len(events))
		}
	}
	return append(b, ']')
}

// shuffled returns the numbers below total in the order in which blob k has its
// records.
func (s *Stream) shuffled(k, total int) []int32 {
	order := make([]int32, total)
	for i := range order {
		order[i] = int32(i)
	}
	d := dice.New(s.Seed, 'h', uint64(k))
	dice.Shuffle(&d, order)
	return order
}

// ID returns the contentId of content blob k, published at a time. It is shaped
// like those of the live service: the same number twice, the content type
// twice, and usually a shard. Clients must treat it as opaque.
func (s *Stream) ID(k int, created time.Time) string {
	d := dice.New(s.Seed, 'i', uint64(k))
	number := strings.Replace(created.Format(idLayout), ".", "", 1) + fmt.Sprintf("%06d", (k*7919+int(s.Seed%1000))%1_000_000)
	name := strings.Replace(s.ContentType, ".", "_", 1)
	return number + "$" + number + "$" + strings.ToLower(name) + "$" + name + dice.Pick(&d, shards)
}

const idLayout = "20060102150405.000" // an id has it without the point

var shards = []string{"$emea0036", "$emea0036", "$emea9037", "$na0014", "$na0030$na0030", ""}

// CreatedOf returns the time of publication that a contentId contains.
func CreatedOf(id string) (time.Time, bool) {
	if len(id) < 17 {
		return time.Time{}, false
	}
	t, err := time.Parse(idLayout, id[:14]+"."+id[14:17])
	return t, err == nil
}

// Broken is a record that is not valid JSON: its ObjectId has lone backslashes,
// as in the reference's sample of AipFileDeleted.
const Broken = `{"CreationTime":"2026-01-01T00:00:00","Id":"8417bbf6-3469-57bf-d48e-ee80f34c3d71","Operation":"FileDeleted","RecordType":96,` +
	`"UserType":5,"ObjectId":"fileshare\capacity\Data8\docs - Copy (7)\_creds\Acme Request for Time Off.doc","UserId":"svc.aipscanner@` + domain + `"}`
