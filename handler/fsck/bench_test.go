package fsck

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// BenchmarkSorter sorts the claims of one day and reports the peak of the live
// heap. The peak must not depend on the number of claims.
func BenchmarkSorter(b *testing.B) {
	for _, claims := range []int{100_000, 400_000} {
		b.Run(fmt.Sprint(claims), func(b *testing.B) {
			for b.Loop() {
				sortDay(b, claims)
			}
		})
	}
}

func sortDay(b *testing.B, claims int) {
	day := time.Date(2026, 3, 18, 0, 0, 0, 0, time.UTC)
	content := audit.Content{Type: "Audit.General", Created: day, Expiration: day.AddDate(0, 0, 7)}
	before, peak := liveHeap(), uint64(0)
	sample := func(i int) {
		if i%20_000 == 0 {
			peak = max(peak, liveHeap()-before)
		}
	}
	s := newSorter(b.Context(), b.TempDir(), compareClaims)
	defer s.close()
	for i := range claims {
		content.ID = fmt.Sprintf("20260318000042632060614$20260318001542632060614$audit_general$Audit_General$emea%04d", i/100)
		record := fmt.Sprintf(`{"Id":"%08x-0000-4000-8000-%012x","RecordType":94,"CreationTime":%q}`, i, i, day.Add(time.Duration(i/4%80_000)*time.Second).Format("2006-01-02T15:04:05"))
		r, err := audit.ParseRecord([]byte(record))
		if err != nil {
			b.Fatal(err)
		}
		if err := s.add(newClaim(audit.Item{Index: i % 100, Record: r}, content, false)); err != nil {
			b.Fatal(err)
		}
		sample(i)
	}
	n := 0
	for _, err := range s.sorted() {
		if err != nil {
			b.Fatal(err)
		}
		sample(n)
		n++
	}
	b.ReportMetric(float64(peak)/1e6, "peak-MB")
}

// liveHeap is the size of the heap after a garbage collection.
func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
