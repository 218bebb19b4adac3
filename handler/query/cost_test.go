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
	"github.com/labeltrail/labeltrail/handler/store/events"
)

// cost returns the value of one of the cost headers.
func cost(t *testing.T, resp response, name string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(resp.header.Get(name), 10, 64)
	if err != nil {
		t.Fatalf("%s: %q", name, resp.header.Get(name))
	}
	return n
}

func TestCostHeaders(t *testing.T) {
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
		resp := tr.get(t, path)
		if n := cost(t, resp, "Labeltrail-Storage-Requests"); n != tr.store.Requests()-before {
			t.Errorf("%s: header says %d requests, there were %d", path, n, tr.store.Requests()-before)
		}
		if n := cost(t, resp, "Labeltrail-Rows-Read"); n < rows || rows == 0 && n > 0 {
			t.Errorf("%s: header says %d rows, want at least %d, or 0", path, n, rows)
		}
		cost(t, resp, "Labeltrail-Milliseconds")
	}
}

func TestMillisecondsHeader(t *testing.T) {
	tr := newTrail(t)
	clock := now
	tr.config.Now = func() time.Time { clock = clock.Add(100 * time.Millisecond); return clock }
	tr.serve(t, tr.newHandler(t))
	if n := cost(t, tr.get(t, "/api/v1/status"), "Labeltrail-Milliseconds"); n < 100 || n > 1000 {
		t.Errorf("header says %d ms", n)
	}
}

func TestLastHourRequests(t *testing.T) {
	random := seeded(t)
	var list []events.Event
	for range 150 {
		list = append(list, randomEvent(t, random, now.Add(-time.Second-time.Duration(random.IntN(3500))*time.Second)))
	}
	tr := newPlainTrail(t, append(list, randomEvents(t, random, 100)...)...)
	saveTick(t, tr)
	for _, query := range []string{"startDate=-1h", "", "startDate=-1h&recordType=94", "startDate=-1h&view=record&format=ndjson&resultSize=100"} {
		resp := tr.get(t, "/api/v1/events?"+query)
		if n := cost(t, resp, "Labeltrail-Storage-Requests"); resp.status != http.StatusOK || n > 4 {
			t.Errorf("%q: %d requests, want at most 4", query, n)
		}
	}
}

// One request reads completeThrough, one lists the months that have an index, 11
// read their posting lists, and one reads each result.
func TestRareUserRequests(t *testing.T) {
	random := seeded(t)
	var list []events.Event
	for range 60 {
		sent := fmt.Sprintf(`{"Id":"%08x-0000-4000-8000-%012x","CreationTime":"%s","RecordType":94,"UserId":"rare@contoso.com"}`,
			random.Uint32(), random.Uint32(), now.Add(-time.Duration(1+random.IntN(7000))*time.Hour).Format("2006-01-02T15:04:05"))
		list = append(list, eventOf(t, sent))
	}
	tr := newPlainTrail(t, append(list, randomEvents(t, random, 200)...)...)
	for _, size := range []int{1, 10, 59, 60, 100} {
		resp := tr.get(t, fmt.Sprintf("/api/v1/events?startDate=2026-01-01&userIds=RARE@contoso.com&resultSize=%d", size))
		shown := min(size, len(list))
		if n := cost(t, resp, "Labeltrail-Storage-Requests"); len(resp.page(t).Value) != shown || n > int64(13+shown) {
			t.Errorf("resultSize=%d: %d events, %d requests", size, len(resp.page(t).Value), n)
		}
	}
}

// incompressibleEvents returns events of which a few fill a block.
func incompressibleEvents(t *testing.T) []events.Event {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 1))
	var list []events.Event
	for i := range 40 {
		text := ""
		for len(text) < 60_000 {
			text += strconv.FormatUint(random.Uint64(), 36)
		}
		sent := fmt.Sprintf(`{"Id":"%08x-0000-4000-8000-000000000000","CreationTime":"2026-11-21T09:00:%02d","RecordType":94,"Note":"%s"}`, i, i, text)
		list = append(list, eventOf(t, sent))
	}
	return list
}

func TestPageMemoryBudget(t *testing.T) {
	list := incompressibleEvents(t)
	tr := newTrail(t, list...)
	tr.serve(t, query.NewWithBudget(tr.config, 1_000_000, time.Hour, 1))
	var sizes []int
	got := tr.allIDs(t, "/api/v1/events?startDate=-1h&resultSize=100", func(p page) { sizes = append(sizes, len(p.Value)) })
	if len(got) != len(list) {
		t.Errorf("%d events of %d", len(got), len(list))
	}
	if len(sizes) < 2 || sizes[0] < 5 || sizes[0] > 35 {
		t.Errorf("pages of %v events, want pages that end when a block is full", sizes)
	}
}

// A page that did not release its memory would make the next one smaller.
func TestPagesShareMemory(t *testing.T) {
	list := incompressibleEvents(t)
	tr := newTrail(t, list...)
	tr.serve(t, query.NewWithSharedMemory(tr.config, 1_000_000)) // more than one block
	path := "/api/v1/events?startDate=-1h&resultSize=100"
	first := tr.get(t, path)
	if n := len(first.page(t).Value); n == 0 || n == len(list) {
		t.Fatalf("precondition: a page has %d events", n)
	}
	tr.get(t, path+"&view=cmdlet&format=csv")
	if again := tr.get(t, path); !bytes.Equal(again.body, first.body) {
		t.Errorf("the page has %d events, and %d the second time", len(first.page(t).Value), len(again.page(t).Value))
	}
	if got := tr.allIDs(t, path, nil); len(got) != len(list) {
		t.Errorf("%d events of %d", len(got), len(list))
	}
}
