package query_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/store"
)

// cost is what an answer says that it took.
func cost(t *testing.T, a answer, name string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(a.header.Get(name), 10, 64)
	if err != nil {
		t.Fatalf("%s is %q", name, a.header.Get(name))
	}
	return n
}

func TestEveryAnswerTellsWhatItCost(t *testing.T) {
	tr := newPlainTrail(t, sample(t, "94-updated-outlook.json"))
	for path, rows := range map[string]int64{
		"/api/v1/events?startDate=2022-12-01&endDate=2023-01-01":            1,
		"/api/v1/events?startDate=2022-12-01&endDate=2023-01-01&format=csv": 1,
		"/api/v1/events/ca08441d-7876-4320-9c75-c0a3d99bcc4a":               1,
		"/api/v1/status":     0,
		"/api/v1/content":    0,
		"/api/v1/events?x=y": 0,
		"/api/v1/nothing":    0,
	} {
		before := tr.store.Requests()
		a := tr.get(t, path)
		if n := cost(t, a, "Labeltrail-Storage-Requests"); n != tr.store.Requests()-before {
			t.Errorf("%s: says %d requests, there were %d", path, n, tr.store.Requests()-before)
		}
		if n := cost(t, a, "Labeltrail-Rows-Read"); n < rows || rows == 0 && n > 0 {
			t.Errorf("%s: says %d rows, want %d or a few more", path, n, rows)
		}
		cost(t, a, "Labeltrail-Milliseconds")
	}
}

func TestAnswersTellHowLongTheyTook(t *testing.T) {
	tr := newTrail(t)
	clock := now
	tr.config.Now = func() time.Time { clock = clock.Add(100 * time.Millisecond); return clock }
	tr.serve(t, tr.newHandler(t))
	if n := cost(t, tr.get(t, "/api/v1/status"), "Labeltrail-Milliseconds"); n < 100 || n > 1000 {
		t.Errorf("says %d ms", n)
	}
}

func TestAPageOfTheLastHourTakesFourRequests(t *testing.T) {
	random := seeded(t)
	var events []store.Event
	for range 150 {
		events = append(events, newEvent(t, random, now.Add(-time.Second-time.Duration(random.IntN(3500))*time.Second)))
	}
	tr := newPlainTrail(t, append(events, generate(t, random, 100)...)...)
	saveTick(t, tr)
	for _, asked := range []string{"startDate=-1h", "", "startDate=-1h&recordType=94", "startDate=-1h&view=record&format=ndjson&resultSize=100"} {
		a := tr.get(t, "/api/v1/events?"+asked)
		if n := cost(t, a, "Labeltrail-Storage-Requests"); a.status != http.StatusOK || n > 4 {
			t.Errorf("%q took %d requests", asked, n)
		}
	}
}

// One request reads completeThrough, one which months have an index, 11 their
// ranges, and one each result.
func TestAPageOfOneUserOverAYearTakesARequestAResult(t *testing.T) {
	random := seeded(t)
	var events []store.Event
	for range 60 {
		sent := fmt.Sprintf(`{"Id":"%08x-0000-4000-8000-%012x","CreationTime":"%s","RecordType":94,"UserId":"rare@contoso.com"}`,
			random.Uint32(), random.Uint32(), now.Add(-time.Duration(random.IntN(7000))*time.Hour).Format("2006-01-02T15:04:05"))
		events = append(events, store.Event{Record: record(t, []byte(sent)), Content: content("c")})
	}
	tr := newPlainTrail(t, append(events, generate(t, random, 200)...)...)
	for _, size := range []int{1, 10, 59, 60, 100} {
		a := tr.get(t, fmt.Sprintf("/api/v1/events?startDate=2026-01-01&userIds=RARE@contoso.com&resultSize=%d", size))
		shown := min(size, len(events))
		if n := cost(t, a, "Labeltrail-Storage-Requests"); len(a.page(t).Value) != shown || n > int64(13+shown) {
			t.Errorf("a page of %d has %d events and took %d requests", size, len(a.page(t).Value), n)
		}
	}
}

// bulky are events whose texts do not shrink much, so that few of them fill a
// block.
func bulky(t *testing.T) []store.Event {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 1))
	var events []store.Event
	for i := range 40 {
		text := ""
		for len(text) < 60_000 {
			text += strconv.FormatUint(random.Uint64(), 36)
		}
		sent := fmt.Sprintf(`{"Id":"%08x-0000-4000-8000-000000000000","CreationTime":"2026-11-21T09:00:%02d","RecordType":94,"Note":"%s"}`, i, i, text)
		events = append(events, store.Event{Record: record(t, []byte(sent)), Content: content("c")})
	}
	return events
}

func TestAPageThatSpentItsMemoryHasANext(t *testing.T) {
	events := bulky(t)
	tr := newTrail(t, events...)
	tr.serve(t, query.NewWithBudget(tr.config, 1_000_000, time.Hour, 1))
	var sizes []int
	got := tr.whole(t, "/api/v1/events?startDate=-1h&resultSize=100", func(p page) { sizes = append(sizes, len(p.Value)) })
	if len(got) != len(events) {
		t.Errorf("%d events of %d", len(got), len(events))
	}
	if len(sizes) < 2 || sizes[0] < 5 || sizes[0] > 35 {
		t.Errorf("pages of %v events, want some that ended when a block was full", sizes)
	}
}

// A page that did not give back its memory would leave the next one less.
func TestPagesShareMemoryWhileTheyAreAnswered(t *testing.T) {
	events := bulky(t)
	tr := newTrail(t, events...)
	tr.serve(t, query.NewSharing(tr.config, 1_000_000)) // more than a block takes
	path := "/api/v1/events?startDate=-1h&resultSize=100"
	first := tr.get(t, path)
	if n := len(first.page(t).Value); n == 0 || n == len(events) {
		t.Fatalf("a page has %d events", n)
	}
	tr.get(t, path+"&view=cmdlet&format=csv")
	if again := tr.get(t, path); !bytes.Equal(again.body, first.body) {
		t.Errorf("a page has %d events, and %d when it is asked for again", len(first.page(t).Value), len(again.page(t).Value))
	}
	if got := tr.whole(t, path, func(page) {}); len(got) != len(events) {
		t.Errorf("%d events of %d", len(got), len(events))
	}
}
