package events

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
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

var findEvents = flag.Int("find", 10_000, "number of events that BenchmarkFind stores")

// BenchmarkFind reads 100 events by one term over twelve months, of the 150 that
// have it, and reports requests. Their number does not grow with what is stored: see
// -args -find 300000.
//
// It leaves out record types, operations and LabelEventTypes, because Azurite takes
// minutes to fill a partition with ten thousand entries.
func BenchmarkFind(b *testing.B) {
	s, f := openPlain(b)
	end := at("2026-11-21T10:00:00Z")
	storeYear(b, s, end, *findEvents)
	for name, term := range map[string]Term{
		"user": OfUser("USER@contoso.example"), "object": OfObject("C:/users/file.docx"), "fileName": OfFileName("FILE.docx"),
		"label": OfLabel("label"), "device": OfDevice("DEVICE"), "ip": OfIP("20.0.0.1"), "id": ofID(guid(75)),
	} {
		b.Run(name, func(b *testing.B) {
			n := 0
			q := Query{
				From: end.AddDate(-1, 0, 0), To: end, Limit: 101, Terms: [][]Term{{term}},
				Enough: func() bool { return n == 100 },
			}
			for b.Loop() {
				before := len(f.Seen())
				n = 0
				for _, err := range s.List(b.Context(), q) {
					if errors.Is(err, ErrFurther) {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				index := 0
				for _, name := range f.Seen()[before:] {
					if strings.Contains(name, "/index") {
						index++
					}
				}
				b.ReportMetric(float64(n), "events")
				b.ReportMetric(float64(index), "indexrequests")
				b.ReportMetric(float64(len(f.Seen())-before-index), "rowrequests")
			}
		})
	}
}

// storeYear stores n events spread over the year before end. 150 of them share the
// terms of BenchmarkFind; the others share no term.
func storeYear(b *testing.B, s testEvents, end time.Time, n int) {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 1))
	const group = 10_000
	for from := 0; from < n; from += group {
		var events []Event
		for i := from; i < min(from+group, n); i++ {
			created := end.Add(-time.Duration(random.Int64N(int64(364*24*time.Hour))) - time.Second)
			own := ""
			if i%(n/150) != n/300 {
				own = fmt.Sprint(i)
			}
			extra := fmt.Sprintf(`,"UserId":"user%[1]s@contoso.example","ObjectId":"c:/users/file%[1]s.docx","ClientIP":"20.0.0.1%[1]s",`+
				`"Common":{"DeviceName":"device%[1]s"},"SensitivityLabelEventData":{"SensitivityLabelId":"label%[1]s"}`, own)
			if own != "" {
				extra = strings.Replace(extra, "/file", "/"+own+"file", 1)
			}
			events = append(events, Event{record(b, guid(i), created.Format(time.RFC3339), extra), content("one", "2026-11-21T10:00:00Z"), i})
		}
		storeOnly(b, s, events, byID, byUser, byObject, byFileName, byLabel, byDevice, byIP)
	}
}

// BenchmarkStrategies reports what the first 100 events of a record type cost by
// each strategy, in requests and rows. There is an event every 30 seconds, and one in
// share has the type.
func BenchmarkStrategies(b *testing.B) {
	for _, share := range []int{1, 10} {
		s, _ := openPlain(b)
		end := at("2026-11-21T10:00:00Z")
		var events []Event
		for i := range 3000 {
			extra := ""
			if i%share == 0 {
				extra = `,"RecordType":97`
			}
			created := end.Add(-time.Duration(i)*30*time.Second - time.Second).Format(time.RFC3339)
			events = append(events, Event{record(b, guid(i), created, extra), content("one", "2026-11-21T10:00:00Z"), i})
		}
		storeOnly(b, s, events, byRecordType)
		for name, read := range map[string]func(context.Context, Query) iter.Seq2[Event, error]{
			"scan": s.scan, "lookup": s.lookup, "hybrid": s.hybrid,
		} {
			b.Run(fmt.Sprintf("1 in %d/%s", share, name), func(b *testing.B) {
				for b.Loop() {
					n := 0
					q := Query{
						From: end.AddDate(0, 0, -2), To: end, Limit: 101, Terms: [][]Term{{OfRecordType(97)}},
						RecordTypes: []audit.RecordType{97}, Enough: func() bool { return n == 100 },
					}
					ctx, cost := storage.WithCost(b.Context())
					for _, err := range read(ctx, q) {
						if errors.Is(err, ErrFurther) {
							break
						}
						if err != nil {
							b.Fatal(err)
						}
						if n++; n == 101 {
							break
						}
					}
					b.ReportMetric(float64(min(n, 100)), "events")
					b.ReportMetric(float64(cost.Requests()), "requests")
					b.ReportMetric(float64(cost.Rows()), "rows")
				}
			})
		}
	}
}
