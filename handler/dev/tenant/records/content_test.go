package records

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"
)

// A seed must give the same bytes on every machine and with every Go release.
// A deliberate change of the records needs a new hash here.
func TestBodyHash(t *testing.T) {
	const want = "5ac30cff849185eb7371e0466e319c5efd044478b6e8424ac23a7fb4f198c510"
	c := small()
	c.Types = ContentTypes()
	streams, err := NewStreams(c)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for _, s := range streams {
		for k := range 70 {
			h.Write([]byte(s.ID(k, s.Created(k))))
			h.Write(s.Body(k))
		}
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("bodies have hash %s, want %s", got, want)
	}
}

func TestBodyOrder(t *testing.T) {
	s := newStreamFor(t, small())
	sorted := 0
	for k := range s.blobs() {
		last, ordered, labels := "", true, 0
		for _, raw := range elements(t, s.Body(k)) {
			e := decode(t, raw)
			if isLabelType[e.RecordType] {
				ordered = ordered && e.CreationTime >= last
				last = e.CreationTime
				labels++
			}
		}
		if ordered && labels > 6 {
			sorted++
		}
	}
	if sorted > 0 {
		t.Errorf("%d content blobs have their events in order", sorted)
	}
}

func TestBodyEscapes(t *testing.T) {
	s := newStreamFor(t, small())
	var all []byte
	for k := range s.blobs() {
		all = append(all, s.Body(k)...)
	}
	for _, text := range []string{`\u0026`, `\u003c`, `\u003e`, "\": ", "\n"} {
		if bytes.Contains(all, []byte(text)) {
			t.Errorf("bodies contain %q", text)
		}
	}
	for _, text := range []string{"&", "<", "見積書", "Łódź", `\"`, `\\\\nwt-fs0`, ", signed, "} {
		if !bytes.Contains(all, []byte(text)) {
			t.Errorf("bodies do not contain %q", text)
		}
	}
}

func TestContentTypes(t *testing.T) {
	c := events(1, 300, 10)
	c.NoiseShare, c.Types = 0.95, []string{General, Exchange, SharePoint, Entra, DLP}
	streams, err := NewStreams(c)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]int{General: {93, 63}, Exchange: {43, 75, 50}, SharePoint: {71, 72, 6}, Entra: {15, 8}}
	for _, s := range streams {
		types := map[int]int{}
		for k := range s.blobs() {
			for _, raw := range elements(t, s.Body(k)) {
				types[decode(t, raw).RecordType]++
			}
		}
		for _, n := range want[s.ContentType] {
			if types[n] == 0 {
				t.Errorf("%s lacks record type %d: %v", s.ContentType, n, types)
			}
		}
		if s.ContentType == DLP && len(types) > 0 {
			t.Errorf("DLP.All has records: %v", types)
		}
	}
}

func TestEventRhythm(t *testing.T) {
	s := newStreamFor(t, events(5, 20_000, 200))
	var byHour [24]int
	var weekends, workdays int
	for _, r := range s.history() {
		byHour[r.CreationTime.Hour()]++
		if d := r.CreationTime.Weekday(); d == time.Saturday || d == time.Sunday {
			weekends++
		} else {
			workdays++
		}
	}
	if byHour[9] < 5*byHour[2] {
		t.Errorf("%d events between 9 and 10, %d between 2 and 3", byHour[9], byHour[2])
	}
	if workdays < 8*weekends || weekends == 0 {
		t.Errorf("%d events on workdays, %d at the weekend", workdays, weekends)
	}
}

func BenchmarkBody(b *testing.B) {
	c := events(1, 20_000, 200)
	c.NoiseShare = 0.95
	s := newStreamFor(b, c)
	size := 0
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		size += len(s.Body(i % 200))
	}
	b.SetBytes(int64(size / b.N))
}
