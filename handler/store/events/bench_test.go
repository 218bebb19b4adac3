package events

import (
	"fmt"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
)

// BenchmarkWrite writes groups of events as ingest does, each over two hours
// of another day. 1,000 events need at least 10 transactions.
func BenchmarkWrite(b *testing.B) {
	for _, size := range []int{100, 500, 1000, 5000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s, _ := openPlain(b)
			var transactions, written int64
			for group := 0; b.Loop(); group++ {
				b.StopTimer()
				end := at("2026-12-30T10:00:00Z").AddDate(0, 0, -group).Format(time.RFC3339)
				events := spread(b, content(fmt.Sprint("content", group), "2026-12-31T00:00:00Z"), size, end, 2*time.Hour/time.Duration(size))
				before := int64(s.faults.Count(""))
				b.StartTimer()
				write(b, s, events...)
				transactions += int64(s.faults.Count("")) - before
				written += int64(size)
			}
			b.ReportMetric(float64(transactions)*1000/float64(written), "transactions/1000events")
			b.ReportMetric(float64(written)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkList reads a page of a thousand events.
func BenchmarkList(b *testing.B) {
	s, _ := openPlain(b)
	write(b, s, spread(b, content("one", "2026-12-31T00:00:00Z"), 1000, "2026-12-30T10:00:00Z", 7*time.Second)...)
	day := Query{From: at("2026-12-30T00:00:00Z"), To: at("2026-12-31T00:00:00Z")}
	for b.Loop() {
		if n := len(fixture.Collect(b, s.List(b.Context(), day))); n != 1000 {
			b.Fatal(n)
		}
	}
}

func BenchmarkEventRow(b *testing.B) {
	s := New(nil, nil, nil)
	e := event(b, content("one", "2026-12-31T00:00:00Z"), 0, 1, "2026-12-30T10:00:00Z")
	b.ReportAllocs()
	for b.Loop() {
		s.eventRow(e)
	}
	b.ReportMetric(float64(s.eventRow(e).Billed()), "billed-bytes")
	b.ReportMetric(float64(len(e.Record.JSON)), "json-bytes")
}

func BenchmarkCodec(b *testing.B) {
	c := newCodec()
	r := record(b, guid(1), "2026-12-30T10:00:00Z", "")
	data := c.encode(r.JSON)
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			c.encode(r.JSON)
		}
		b.ReportMetric(float64(len(data)), "bytes")
	})
	b.Run("decode", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.decode(data); err != nil {
				b.Fatal(err)
			}
		}
	})
}
