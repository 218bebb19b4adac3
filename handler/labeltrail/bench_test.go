package main

import (
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// BenchmarkClaims puts a day's claims into a spool and takes them out again:
// what that takes of memory and disk is what fsck takes.
func BenchmarkClaims(b *testing.B) {
	const claims = 200_000
	day := time.Date(2026, 3, 18, 0, 0, 0, 0, time.UTC)
	content := audit.Content{Type: "Audit.General", Created: day, Expiration: day.AddDate(0, 0, 7)}
	for b.Loop() {
		s, err := newSpool(b.TempDir(), claim.row, daily)
		if err != nil {
			b.Fatal(err)
		}
		s.shrink = sharing
		for i := range claims {
			content.ID = fmt.Sprintf("20260318000042632060614$20260318001542632060614$audit_general$Audit_General$emea%04d", i/100)
			record := fmt.Sprintf(`{"Id":"%08x-0000-4000-8000-%012x","RecordType":94,"CreationTime":%q}`, i, i, day.Add(time.Duration(i/4)*time.Second).Format("2006-01-02T15:04:05"))
			r, err := audit.ParseRecord([]byte(record))
			if err != nil {
				b.Fatal(err)
			}
			if err := s.add(claimOf(audit.Item{Index: i % 100, Record: r}, content, false)); err != nil {
				b.Fatal(err)
			}
		}
		before := heap()
		var most, disk uint64
		for _, bucket := range s.buckets {
			values, err := s.load(bucket)
			if err != nil {
				b.Fatal(err)
			}
			most = max(most, (heap()-before)/uint64(len(values)))
			info, err := os.Stat(bucket.file)
			if err != nil {
				b.Fatal(err)
			}
			disk += uint64(info.Size())
			runtime.KeepAlive(values)
		}
		b.ReportMetric(float64(most), "heap-bytes/claim")
		b.ReportMetric(float64(disk)/claims, "disk-bytes/claim")
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
