package events

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

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
