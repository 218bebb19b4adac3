package store

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkWriteEvents writes groups of events as ingest does, each group over
// another two hours of another day. The floor is 10 transactions for 1,000
// events.
func BenchmarkWriteEvents(b *testing.B) {
	for _, size := range []int{100, 500, 1000, 5000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s, _ := openPlain(b)
			var transactions, written int64
			for group := 0; b.Loop(); group++ {
				b.StopTimer()
				end := at("2026-12-30T10:00:00Z").AddDate(0, 0, -group).Format(time.RFC3339)
				events := spread(b, content(fmt.Sprint("content", group), "2026-12-31T00:00:00Z"), size, end, 2*time.Hour/time.Duration(size))
				before := s.TableTransactions()
				b.StartTimer()
				write(b, s, events...)
				transactions += s.TableTransactions() - before
				written += int64(size)
			}
			b.ReportMetric(float64(transactions)*1000/float64(written), "transactions/1000events")
			b.ReportMetric(float64(written)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkReadEvents reads a thousand events, a page.
func BenchmarkReadEvents(b *testing.B) {
	s, _ := openPlain(b)
	write(b, s, spread(b, content("one", "2026-12-31T00:00:00Z"), 1000, "2026-12-30T10:00:00Z", 7*time.Second)...)
	day := EventQuery{From: at("2026-12-30T00:00:00Z"), To: at("2026-12-31T00:00:00Z")}
	for b.Loop() {
		if n := len(collect(b, s.Events(b.Context(), day))); n != 1000 {
			b.Fatal(n)
		}
	}
}

func BenchmarkEventRow(b *testing.B) {
	s := &Store{codec: newCodec()}
	e := event(b, content("one", "2026-12-31T00:00:00Z"), 0, 1, "2026-12-30T10:00:00Z")
	b.ReportAllocs()
	for b.Loop() {
		s.eventRow(e)
	}
	b.ReportMetric(float64(s.eventRow(e).billed), "billed-bytes")
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

func BenchmarkGzip(b *testing.B) {
	c := newCodec()
	var body []byte
	for i := range 500 {
		r := record(b, guid(i), "2026-12-30T10:00:00Z", "")
		body = append(append(body, ','), r.JSON...)
	}
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := c.gzip(body); err != nil {
			b.Fatal(err)
		}
	}
}
