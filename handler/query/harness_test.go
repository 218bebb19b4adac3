package query_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/events"
	"github.com/labeltrail/labeltrail/handler/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

const tenant = "c8085975-d882-42d2-9193-d82d752a5de9"

// now is the time of all requests, unless a test sets another clock.
var now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// A trail is a store with events, and an API that serves it.
type trail struct {
	*httptest.Server
	store      *store.Store
	connection string // connection string of its storage
	config     query.Config
	log        *bytes.Buffer
	events     []events.Event // written so far
}

// newTrail starts a trail in a storage account of its own. Its storage behaves
// like Azure if the tests run with -azure.
func newTrail(t *testing.T, list ...events.Event) *trail {
	t.Helper()
	return openTrail(t, store.Config{ConnectionString: storetest.ConnectionString(t), Transport: storetest.Transport(t)}, list...)
}

// newPlainTrail is newTrail for tests that count requests to storage: its
// storage always behaves like Azurite.
func newPlainTrail(t *testing.T, list ...events.Event) *trail {
	t.Helper()
	return openTrail(t, store.Config{ConnectionString: storetest.ConnectionString(t), Transport: http.DefaultClient}, list...)
}

// newUnreachableTrail starts a trail whose storage cannot be reached.
func newUnreachableTrail(t *testing.T) *trail {
	t.Helper()
	return openTrail(t, store.Config{ConnectionString: storetest.ConnectionString(t), Transport: unreachable{}})
}

func openTrail(t *testing.T, c store.Config, list ...events.Event) *trail {
	t.Helper()
	c.Tenant, c.RetryDelay = tenant, time.Nanosecond
	s := storetest.Open(t, c)
	tr := &trail{store: s, connection: c.ConnectionString, log: &bytes.Buffer{}}
	tr.config = query.Config{
		Store: s, Tenant: tenant, Version: "1.2.3", ContentTypes: []string{"Audit.General"},
		Now: func() time.Time { return now }, Log: slog.New(slog.NewJSONHandler(tr.log, nil)),
	}
	tr.serve(t, tr.newHandler(t))
	tr.write(t, list...)
	return tr
}

// newHandler returns the handler of the trail's configuration.
func (tr *trail) newHandler(t *testing.T) http.Handler {
	t.Helper()
	h, err := query.New(tr.config)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// serve replaces the API.
func (tr *trail) serve(t *testing.T, h http.Handler) {
	tr.Server = httptest.NewServer(h)
	t.Cleanup(tr.Server.Close)
}

func (tr *trail) write(t *testing.T, list ...events.Event) {
	t.Helper()
	if len(list) == 0 {
		return
	}
	outcomes, err := tr.store.Events.Write(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	for i, outcome := range outcomes {
		if outcome != events.Row {
			t.Fatalf("event %s: outcome %d, want a row", list[i].Record.ID, outcome)
		}
	}
	tr.events = append(tr.events, list...)
}

// A response is an HTTP response, read to its end.
type response struct {
	status int
	header http.Header
	body   []byte
}

// get requests a URL, or a path and query of this API.
func (tr *trail) get(t *testing.T, url string) response {
	t.Helper()
	if url[0] == '/' {
		url = tr.URL + url
	}
	resp, err := tr.Client().Get(url)
	if err != nil {
		t.Fatal(err)
	}
	return readResponse(t, resp)
}

// getWith requests a path and query with a modified request.
func (tr *trail) getWith(t *testing.T, path string, modify func(*http.Request)) response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, tr.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	modify(r)
	resp, err := tr.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return readResponse(t, resp)
}

func readResponse(t *testing.T, resp *http.Response) response {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response{resp.StatusCode, resp.Header, body}
}

// A page is the body of a page in JSON.
type page struct {
	Value           []json.RawMessage
	NextLink        string
	CompleteThrough string
}

func (resp response) page(t *testing.T) page {
	t.Helper()
	if resp.status != http.StatusOK {
		t.Fatalf("status %d: %s", resp.status, resp.body)
	}
	var p page
	if err := json.Unmarshal(resp.body, &p); err != nil {
		t.Fatalf("%v in %s", err, resp.body)
	}
	return p
}

// ids returns the Ids of the events on a page.
func (p page) ids(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, value := range p.Value {
		var item struct{ ID string }
		if err := json.Unmarshal(value, &item); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, item.ID)
	}
	return ids
}

// allIDs follows nextLink to the last page and returns the Ids of all events.
// It calls between, if not nil, after each page.
func (tr *trail) allIDs(t *testing.T, url string, between func(page)) []string {
	t.Helper()
	var ids []string
	for pages := 1; url != ""; pages++ {
		if pages > 2000 {
			t.Fatal("more than 2000 pages")
		}
		resp := tr.get(t, url)
		p := resp.page(t)
		if link := resp.header.Get("Link"); (p.NextLink == "") != (link == "") || link != "" && link != "<"+p.NextLink+`>; rel="next"` {
			t.Fatalf("Link %s does not match nextLink %s", link, p.NextLink)
		}
		ids = append(ids, p.ids(t)...)
		if between != nil {
			between(p)
		}
		url = p.NextLink
	}
	return ids
}

// unreachable is a transport to storage that cannot be reached.
type unreachable struct{}

func (unreachable) Do(*http.Request) (*http.Response, error) {
	return nil, errors.New("connection refused")
}

// record parses a record as Microsoft sends it.
func record(t testing.TB, sent []byte) audit.Record {
	t.Helper()
	r, err := audit.ParseRecord(sent)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// eventOf returns an event with the given JSON.
func eventOf(t testing.TB, sent string) events.Event {
	t.Helper()
	return events.Event{Record: record(t, []byte(sent)), Content: content("c")}
}

// sample returns an event with the sample record of a file.
func sample(t testing.TB, file string) events.Event {
	t.Helper()
	sent, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return events.Event{Record: record(t, sent), Content: content("sample-" + file)}
}

func content(id string) audit.Content {
	return audit.Content{ID: id, Type: "Audit.General", Created: now.Add(-time.Hour)}
}

var (
	someUsers = []string{
		"adele@contoso.com", "Alex.W@Contoso.com", "o'brien@contoso.com", `x' or PartitionKey ge '`,
		"ÖZLEM@contoso.com", "имя@contoso.com", `a"b\c<d>&e@contoso.com`, "percent%2Fplus+@contoso.com",
	}
	someOperations  = []string{"SensitivityLabelApplied", "SensitivityLabelUpdated", "Access", "Discover", "HeartBeat", "FileDeleted"}
	someRecordTypes = []int{43, 93, 94, 94, 94, 96, 97, 4711}
)

// randomEvents returns n events: a third in the last hours, a third in the last
// weeks, a third in the last months. Some share a second, with or without a
// fraction.
func randomEvents(t testing.TB, random *rand.Rand, n int) []events.Event {
	t.Helper()
	ages := []time.Duration{3 * time.Hour, 15 * 24 * time.Hour, 200 * 24 * time.Hour}
	var list []events.Event
	for i := range n {
		at := now.Add(-time.Duration(random.Int64N(int64(ages[i%len(ages)])))).Truncate(time.Second)
		if i > 0 && random.IntN(4) == 0 {
			at = list[random.IntN(i)].Record.CreationTime.Add(time.Duration(random.IntN(3)) * 100 * time.Millisecond)
		}
		list = append(list, randomEvent(t, random, at))
	}
	return list
}

func randomEvent(t testing.TB, random *rand.Rand, at time.Time) events.Event {
	t.Helper()
	sent, err := json.Marshal(map[string]any{
		"Id":           fmt.Sprintf("%08x-0000-4000-8000-%012x", random.Uint32(), random.Uint32()),
		"CreationTime": at.Format("2006-01-02T15:04:05.999"),
		"RecordType":   pick(random, someRecordTypes),
		"Operation":    pick(random, someOperations),
		"UserId":       pick(random, someUsers),
		"Workload":     "Aip",
	})
	if err != nil {
		t.Fatal(err)
	}
	return events.Event{Record: record(t, sent), Content: content("generated")}
}

func pick[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }

// seeded returns a random source and logs its seed; -args -seed repeats it.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := azuritetest.Seed(t)
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// expected returns the ids of the events that match, newest first, and by key
// within a second.
func expected(list []events.Event, matches func(events.Event) bool) []string {
	var found []events.Event
	for _, e := range list {
		if matches(e) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b events.Event) int {
		return cmp.Or(cmp.Compare(b.Record.CreationTime.Unix(), a.Record.CreationTime.Unix()),
			cmp.Compare(a.Record.Key(), b.Record.Key()))
	})
	var ids []string
	for _, e := range found {
		ids = append(ids, e.Record.ID)
	}
	return ids
}
