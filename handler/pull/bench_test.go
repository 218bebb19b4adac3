package pull_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store/events"
)

// BenchmarkWeek pulls a week of 20,000 label events in 200 content blobs, 95 % of
// whose records are of other workloads, and reports what that costs.
func BenchmarkWeek(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		h := newHarness(b, tenant.Config{Events: 20_000, Contents: 200})
		requests := map[string]int{}
		h.Storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
			requests[kind(r)]++
			return nil
		})
		b.StartTimer()
		run, err := newJob(b, h).Tick(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		for kind, n := range requests {
			b.Logf("%6d %s", n, kind)
		}
		for kind, n := range entries(b, h) {
			b.Logf("%6.2f index entries per event of kind %s", float64(n)/float64(run.Rows), kind)
		}
		rows := float64(run.Rows) / 1000
		b.ReportMetric(float64(requests["POST table $batch"])/rows, "transactions/1000rows")
		b.ReportMetric(float64(tables(requests))/rows, "tablerequests/1000rows")
		b.ReportMetric(float64(requests["PUT raw blob"])/200, "blobwrites/content")
		b.ReportMetric(float64(h.Tenant.Requests()[tenant.OpAudit])/200, "apirequests/content")
		b.StartTimer()
	}
}

// entries counts the index entries of the tenant's events by kind, which is
// the first letter of their keys.
func entries(b *testing.B, h *ingesttest.Harness) map[string]int {
	count := map[string]int{}
	for record := range h.Tenant.Obtainable(h.Clock.Now()) {
		r, err := audit.ParseRecord(record.JSON)
		if err != nil {
			b.Fatal(err)
		}
		for _, term := range events.IndexTerms(events.Event{Record: r}) {
			_, key, _ := strings.Cut(term, "/")
			count[key[:1]]++
		}
	}
	return count
}

// kind names a storage request without what is particular to it.
func kind(r *http.Request) string {
	path := r.URL.Path[strings.Index(r.URL.Path[1:], "/")+1:] // without the account
	switch {
	case strings.HasPrefix(path, "/raw"):
		return r.Method + " raw blob"
	case strings.HasPrefix(path, "/$batch"):
		return r.Method + " table $batch"
	}
	name, _, _ := strings.Cut(strings.TrimLeft(path, "/"), "(")
	return r.Method + " table " + strings.TrimRight(name, "0123456789")
}

func tables(requests map[string]int) int {
	n := 0
	for kind, count := range requests {
		if strings.Contains(kind, " table ") {
			n += count
		}
	}
	return n
}
