package query_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/store/events"
)

func anyEvent(events.Event) bool { return true }

func TestPagesJoined(t *testing.T) {
	tr := newTrail(t, randomEvents(t, seeded(t), 200)...)
	for _, size := range []int{1, 7, 100, 199, 200, 201} {
		for query, matches := range map[string]func(events.Event) bool{
			"":                                 anyEvent,
			"&recordType=94,97":                typeIs(94, 97),
			"&operations=Access":               func(e events.Event) bool { return strings.Contains(string(e.Record.JSON), `"Access"`) },
			"&recordType=4711&view=Normalized": typeIs(4711),
		} {
			all := expected(tr.events, matches)
			sizes := []int{}
			got := tr.allIDs(t, fmt.Sprintf("/api/v1/events?startDate=-300d&resultSize=%d%s", size, query), func(p page) {
				sizes = append(sizes, len(p.Value))
			})
			if diff := cmp.Diff(all, got); diff != "" {
				t.Errorf("resultSize=%d%s: -want +got\n%s", size, query, diff)
			}
			if diff := cmp.Diff(fullPages(len(all), size), sizes); diff != "" {
				t.Errorf("resultSize=%d%s: sizes of pages: -want +got\n%s", size, query, diff)
			}
		}
	}
}

// The index finds the events of one LabelEventType. Only their rows have the
// ActionSource, so the store alone cannot know whether another event matches.
func TestFullLastPage(t *testing.T) {
	var list []events.Event
	for i := range 30 {
		at, source := now.Add(-time.Duration(20+i)*time.Hour), 1+i/10
		sent := fmt.Sprintf(`{"Id":"%d","CreationTime":%q,"RecordType":94,"SensitivityLabelEventData":{"LabelEventType":2,"ActionSource":%d}}`,
			i, at.Format("2006-01-02T15:04:05"), source)
		list = append(list, events.Event{Record: record(t, []byte(sent)), Content: content("sources"), Index: i})
	}
	tr := newTrail(t, list...)
	for _, query := range []string{"labelEventTypes=2&actionSources=1", "actionSources=1", "recordType=94&labelEventTypes=2&actionSources=1"} {
		if p := tr.get(t, "/api/v1/events?resultSize=10&"+query).page(t); len(p.Value) != 10 || p.NextLink != "" {
			t.Errorf("%s: %d events and nextLink %q, want 10 and none", query, len(p.Value), p.NextLink)
		}
	}
}

// fullPages returns the sizes of the pages of n items: all are full except the
// last, which is empty only if it is the only one.
func fullPages(n, size int) []int {
	var sizes []int
	for n > size {
		sizes = append(sizes, size)
		n -= size
	}
	return append(sizes, n)
}

func TestPagesWhileEventsArrive(t *testing.T) {
	random := seeded(t)
	tr := newTrail(t, randomEvents(t, random, 120)...)
	before := expected(tr.events, anyEvent)
	got := tr.allIDs(t, "/api/v1/events?startDate=-300d&resultSize=10", func(page) {
		tr.write(t, randomEvents(t, random, 3)...)
	})
	after := expected(tr.events, anyEvent)
	if distinct := slices.Compact(slices.Sorted(slices.Values(got))); len(distinct) != len(got) {
		t.Error("an event occurs on two pages")
	}
	last := -1
	for _, id := range got {
		next := slices.Index(after, id)
		if next <= last {
			t.Fatalf("event %s is out of order", id)
		}
		last = next
	}
	for _, id := range before {
		if !slices.Contains(got, id) {
			t.Errorf("event %s was stored before the first page and is missing", id)
		}
	}
}

func TestPageRowBudget(t *testing.T) {
	tr := newTrail(t, randomEvents(t, seeded(t), 100)...)
	tr.serve(t, query.NewWithBudget(tr.config, 10, time.Hour, 1<<20))
	for query, matches := range map[string]func(events.Event) bool{
		"":                        anyEvent,
		"&operations=FileDeleted": func(e events.Event) bool { return strings.Contains(string(e.Record.JSON), `"FileDeleted"`) },
		"&objectIds=nothing*":     func(events.Event) bool { return false },
	} {
		pages := 0
		got := tr.allIDs(t, "/api/v1/events?startDate=-300d"+query, func(p page) {
			pages++
			if len(p.Value) > 10 {
				t.Errorf("%q: a page of %d events from 10 rows", query, len(p.Value))
			}
		})
		if diff := cmp.Diff(expected(tr.events, matches), got); diff != "" {
			t.Errorf("%q: -want +got\n%s", query, diff)
		}
		if pages < 10 && !strings.Contains(query, "operations") { // the index finds those
			t.Errorf("%q: %d pages of at most 10 rows cannot hold 100 events", query, pages)
		}
	}
}

func TestPageTimeBudget(t *testing.T) {
	tr := newTrail(t, randomEvents(t, seeded(t), 60)...)
	clock := now
	tr.config.Now = func() time.Time { clock = clock.Add(400 * time.Millisecond); return clock }
	tr.serve(t, query.NewWithBudget(tr.config, 100_000, 2*time.Second, 1<<20))
	for query, matches := range map[string]func(events.Event) bool{
		"startDate=-300d": anyEvent,
		"startDate=2026-11-11&freeText=" + url.QueryEscape(`"recordtype":94,`): func(e events.Event) bool {
			return typeIs(94)(e) && since("2026-11-11T00:00:00Z", "2026-11-21T10:00:00Z")(e)
		},
		"startDate=2026-11-11&freeText=99999": func(events.Event) bool { return false },
	} {
		clock = now
		pages := 0
		got := tr.allIDs(t, "/api/v1/events?endDate=2026-11-21T10:00&"+query, func(page) { pages++ })
		if diff := cmp.Diff(expected(tr.events, matches), got); diff != "" {
			t.Errorf("%s: -want +got\n%s", query, diff)
		}
		if pages < 5 {
			t.Errorf("%s: only %d pages, want the time to run out more often", query, pages)
		}
	}
}

func TestYearsWithoutMatchRequests(t *testing.T) {
	tr := newPlainTrail(t, randomEvents(t, seeded(t), 50)...)
	before := tr.store.Requests()
	if ids := tr.allIDs(t, "/api/v1/events?startDate=2016-01-01&recordType=99", nil); len(ids) > 0 {
		t.Errorf("got %d events of a type that no event has", len(ids))
	}
	if n := tr.store.Requests() - before; n > 30 {
		t.Errorf("%d requests to storage, want at most 30", n)
	}
}

func TestNextLinkParameters(t *testing.T) {
	tr := newTrail(t, randomEvents(t, seeded(t), 100)...)
	for _, test := range []struct{ query, want string }{
		{"resultSize=3", "resultSize=3"},
		{"STARTDATE=-7d&enddate=-0h&resultsize=3&code=top-secret",
			"startDate=2026-11-14T10:00:00Z&endDate=2026-11-21T10:00:00Z&resultSize=3"},
		{"recordType=AipDiscover,94&recordType=0094&resultSize=1&VIEW=Record&format=JSON&startDate=2026-01-01",
			"startDate=2026-01-01T00:00:00Z&recordType=93,94&format=json&view=record&resultSize=1"},
		{"startDate=-300d&resultSize=1&userIds=" + url.QueryEscape(`Adele@contoso.com, o'brien@contoso.com,percent%2Fplus+@contoso.com`),
			"startDate=2026-01-25T10:00:00Z&userIds=Adele@contoso.com,o%27brien@contoso.com,percent%252Fplus%2B@contoso.com&resultSize=1"},
	} {
		next := tr.get(t, "/api/v1/events?"+test.query).page(t).NextLink
		if want := tr.URL + "/api/v1/events?" + test.want + "&cursor="; !strings.HasPrefix(next, want) {
			t.Errorf("%s\nnextLink %s\nwant     %s...", test.query, next, want)
		}
		if again := tr.get(t, next).page(t); again.NextLink != "" && !strings.HasPrefix(again.NextLink, tr.URL+"/api/v1/events?"+test.want+"&cursor=") {
			t.Errorf("%s\nhas nextLink %s", next, again.NextLink)
		}
	}
}

func TestRelativeRangeIsFixed(t *testing.T) {
	tr := newTrail(t, randomEvents(t, seeded(t), 150)...)
	later := now
	tr.config.Now = func() time.Time { return later }
	tr.serve(t, tr.newHandler(t))
	for _, query := range []string{"resultSize=10", "startDate=-7d&resultSize=10", "endDate=-0h&resultSize=10"} {
		later = now
		got := tr.allIDs(t, "/api/v1/events?"+query, func(page) { later = later.Add(3 * time.Hour) })
		if diff := cmp.Diff(expected(tr.events, since("2026-11-14T10:00:00Z", "2026-11-21T10:00:00Z")), got); diff != "" {
			t.Errorf("%s: -want +got\n%s", query, diff)
		}
	}
}
