package events

import (
	"bytes"
	"encoding/hex"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// noise returns n characters that compress to no less than half.
func noise(n int) string {
	b := make([]byte, n/2)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return hex.EncodeToString(b)
}

func TestWriteAnySize(t *testing.T) {
	for name, x := range map[string]struct {
		extra     string
		columns   int // of AuditData
		truncated string
	}{
		"usual":                        {"", 1, ""},
		"long text":                    {`,"ResultStatus":"` + strings.Repeat("x", 32_001) + `"`, 1, "ResultStatus"},
		"long text of emoji":           {`,"ResultStatus":"` + strings.Repeat("😀", 16_001) + `"`, 1, "ResultStatus"},
		"over 64 KiB compressed":       {`,"More":"` + noise(200_000) + `"`, 2, ""},
		"largest that fits":            {`,"More":"` + noise(1_400_000) + `"`, 12, ""},
		"does not fit":                 {`,"More":"` + noise(1_500_000) + `"`, 0, ""},
		"megabytes that compress well": {`,"More":"` + strings.Repeat("x", 9_000_000) + `"`, 1, ""},
		"more text than fits":          {texts16(), 8, "Operation,OrganizationId"},
		"long control characters":      {`,"ResultStatus":"` + strings.Repeat(`\u0001`, 32_000) + `"`, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			c := content("one", "2026-11-21T10:00:00Z")
			e := Event{record(t, guid(1), "2026-11-21T09:00:00Z", x.extra), c, 0}
			putRaw(t, s, c, body(e.Record), 1)
			write(t, s, e)
			if diff := cmp.Diff(plain([]Event{e}), plain(fixture.Collect(t, s.List(t.Context(), Query{})))); diff != "" {
				t.Error(diff[:min(len(diff), 1000)])
			}
			f, _, err := s.tables.Table("events202611").Get(t.Context(), keyOf(e).partition(), keyOf(e).row())
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for f.Text(auditDataColumn(n)) != "" {
				n++
			}
			if got := f.Text(colTruncated); n != x.columns || !strings.HasPrefix(got, x.truncated) || (x.truncated == "") != (got == "") {
				t.Errorf("%d columns of AuditData, truncated %q, want %d and %q", n, got, x.columns, x.truncated)
			}
			if rows, _, _ := counted(write(t, s, e)); rows != 1 {
				t.Error("the row is not recognized")
			}
		})
	}
}

// texts16 returns JSON that gives 16 attributes long texts.
func texts16() string {
	var b strings.Builder
	for _, name := range []string{"ResultStatus", "ObjectId", "ClientIP", "UserKey", "Workload", "Operation", "UserId", "DataState",
		"ApplicationId", "ApplicationName", "ProcessName", "DeviceName", "Location", "ProductVersion", "SensitivityLabelId", "OrganizationId"} {
		b.WriteString(`,"` + name + `":"` + noise(60_000) + `"`)
	}
	return b.String()
}

func TestWriteLargeRows(t *testing.T) {
	s, f := openPlain(t)
	var events []Event
	for i := range 5 {
		e := event(t, content("one", "2026-11-21T10:00:00Z"), i, i, "2026-11-21T09:00:00Z")
		e.Record = record(t, guid(i), "2026-11-21T09:00:00Z", `,"More":"`+noise(1_200_000)+`"`)
		events = append(events, e)
	}
	if rows, _, _ := counted(write(t, s, events...)); rows != 5 {
		t.Errorf("%d rows", rows)
	}
	if n := f.Count("$batch events"); n < 2 || n > 4 {
		t.Errorf("%d transactions", n)
	}
	if got := fixture.Collect(t, s.List(t.Context(), Query{})); len(got) != 5 {
		t.Errorf("%d events", len(got))
	}
}

// Their rows hold no JSON to compare, or other bytes.
func TestOutcomesOfLargeRecords(t *testing.T) {
	s, _ := open(t)
	early, late := content("early", "2026-11-21T10:00:00Z"), content("late", "2026-11-21T11:00:00Z")
	r := record(t, guid(1), "2026-11-21T09:00:00Z", `,"More":"`+noise(1_500_000)+`"`)
	spaced, other := r, record(t, guid(1), "2026-11-21T09:00:00Z", `,"More":"`+noise(1_500_002)+`"`)
	spaced.JSON = append([]byte(" "), r.JSON...)
	putRaw(t, s, early, body(r), 1)
	write(t, s, Event{r, early, 0})
	got := []Outcome{write(t, s, Event{r, late, 0})[0], write(t, s, Event{spaced, late, 1})[0], write(t, s, Event{other, late, 2})[0]}
	if diff := cmp.Diff([]Outcome{Duplicate, Duplicate, Conflict}, got); diff != "" {
		t.Error(diff)
	}
}

func TestListRawBlobMissing(t *testing.T) {
	s, _ := open(t)
	e := Event{record(t, guid(1), "2026-11-21T09:00:00Z", `,"More":"`+noise(1_500_000)+`"`), content("one", "2026-11-21T10:00:00Z"), 0}
	write(t, s, e)
	for _, err := range s.List(t.Context(), Query{}) {
		if err == nil || !strings.Contains(err.Error(), keyOf(e).row()) {
			t.Errorf("%v", err)
		}
	}
}

// Writing 5,000 events needs memory for a few batches, not for a copy of them all.
// A fault takes the place of storage, because Azurite needs minutes for so much:
// the memory does not depend on it.
func TestWriteMemory(t *testing.T) {
	s, f := openPlain(t)
	c := content("content", "2026-12-31T00:00:00Z")
	var events []Event
	for i := range 5000 { // 500 an hour
		end := at("2026-12-30T10:00:00Z").Add(-time.Duration(i/500)*time.Hour - time.Duration(i%500)*7*time.Second)
		events = append(events, event(t, c, i, i, end.Format(time.RFC3339)))
	}
	base := heap()
	arrived, release := make(chan bool), make(chan bool)
	f.Fail("$batch", 20, tables.InFlight, func(req *http.Request) (*http.Response, error) {
		arrived <- true
		<-release
		return allStored(req)
	})
	f.Fail("$batch", 0, math.MaxInt, allStored)
	var g errgroup.Group
	var outcomes []Outcome
	g.Go(func() (err error) {
		outcomes, err = s.Write(t.Context(), events)
		return err
	})
	for range tables.InFlight {
		<-arrived
	}
	most := heap() - base
	close(release)
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if rows, _, _ := counted(outcomes); rows != 5000 {
		t.Errorf("%d rows", rows)
	}
	if most > 8<<20 {
		t.Errorf("writing uses %d bytes besides the events", most)
	}
	t.Logf("%d bytes besides %d of records", most, len(events)*len(events[0].Record.JSON))
}

// allStored is a fault that responds to a transaction as if storage had applied it.
func allStored(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	operations := bytes.Count(body, []byte("\r\nContent-Type: application/http\r\n"))
	return fixture.Respond(http.StatusAccepted, "", strings.Repeat("\r\nHTTP/1.1 204 No Content\r\n", operations))(req)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
