package query_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/store"
)

// pool is one Azurite for all tests. Each store that a test opens is alone in
// a storage account.
var pool azuritetest.Pool

func TestMain(m *testing.M) { os.Exit(pool.Run(m)) }

const tenant = "c8085975-d882-42d2-9193-d82d752a5de9"

// now is when all questions of these tests are asked, unless a test says
// otherwise.
var now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// A trail is a store with events, and an API that answers from it.
type trail struct {
	*httptest.Server
	store      *store.Store
	connection string // to its storage
	config     query.Config
	log        *bytes.Buffer
	events     []store.Event // written so far
}

// newTrail starts a trail in a storage account of its own. With -azure, storage
// behaves as Azure does.
func newTrail(t *testing.T, events ...store.Event) *trail {
	t.Helper()
	way := &http.Client{Transport: azuritetest.Transport(t, http.DefaultTransport)}
	return openTrail(t, store.Config{ConnectionString: pool.ConnectionString(t), Transport: way}, events...)
}

// newPlainTrail is newTrail for tests that say how many requests storage gets:
// for them, it behaves as Azurite does, always.
func newPlainTrail(t *testing.T, events ...store.Event) *trail {
	t.Helper()
	return openTrail(t, store.Config{ConnectionString: pool.ConnectionString(t)}, events...)
}

func openTrail(t *testing.T, c store.Config, events ...store.Event) *trail {
	t.Helper()
	c.Tenant, c.RetryDelay = tenant, time.Nanosecond
	s, err := store.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	tr := &trail{store: s, connection: c.ConnectionString, log: &bytes.Buffer{}}
	tr.config = query.Config{
		Store: s, Tenant: tenant, Version: "1.2.3", ContentTypes: []string{"Audit.General"},
		Now: func() time.Time { return now }, Log: slog.New(slog.NewJSONHandler(tr.log, nil)),
	}
	tr.serve(t, tr.newHandler(t))
	tr.write(t, events...)
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

func (tr *trail) write(t *testing.T, events ...store.Event) {
	t.Helper()
	if len(events) == 0 {
		return
	}
	outcomes, err := tr.store.WriteEvents(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	for i, outcome := range outcomes {
		if outcome != store.Row {
			t.Fatalf("event %s became outcome %d, want a row", events[i].Record.ID, outcome)
		}
	}
	tr.events = append(tr.events, events...)
}

// An answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// get asks for an address, or for a path and query of this API.
func (tr *trail) get(t *testing.T, address string) answer {
	t.Helper()
	if address[0] == '/' {
		address = tr.URL + address
	}
	resp, err := tr.Client().Get(address)
	if err != nil {
		t.Fatal(err)
	}
	return readAnswer(t, resp)
}

func readAnswer(t *testing.T, resp *http.Response) answer {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, body}
}

// A page is an answer to a question that went well.
type page struct {
	Value           []json.RawMessage
	NextLink        string
	CompleteThrough string
}

func (a answer) page(t *testing.T) page {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	var p page
	if err := json.Unmarshal(a.body, &p); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return p
}

// ids are the Ids of the events on a page.
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

// whole follows nextLink to the end, calling between after each page.
func (tr *trail) whole(t *testing.T, address string, between func(page)) []string {
	t.Helper()
	var ids []string
	for pages := 1; address != ""; pages++ {
		if pages > 2000 {
			t.Fatal("the answer does not end")
		}
		a := tr.get(t, address)
		p := a.page(t)
		if link := a.header.Get("Link"); (p.NextLink == "") != (link == "") || link != "" && link != "<"+p.NextLink+`>; rel="next"` {
			t.Fatalf("Link: %s does not agree with nextLink %s", link, p.NextLink)
		}
		ids = append(ids, p.ids(t)...)
		if between != nil {
			between(p)
		}
		address = p.NextLink
	}
	return ids
}

// away is a storage that cannot be reached.
type away struct{}

func (away) Do(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }

// record parses a record as it is sent.
func record(t testing.TB, sent []byte) audit.Record {
	t.Helper()
	r, err := audit.ParseRecord(sent)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sample is an event of a sample record.
func sample(t testing.TB, file string) store.Event {
	t.Helper()
	sent, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return store.Event{Record: record(t, sent), Content: content("sample-" + file)}
}

func content(id string) audit.Content {
	return audit.Content{ID: id, Type: "Audit.General", Created: now.Add(-time.Hour)}
}
