package pull_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// An apiFixture lists and serves the few content blobs of the crash tests, and
// sends all other requests to the simulated tenant. It is an http.RoundTripper.
type apiFixture struct {
	tenant http.RoundTripper
	now    func() time.Time
	blobs  []contentBlob
}

// A contentBlob is a content blob with its records.
type contentBlob struct {
	audit.Content
	listed  time.Time // when the API starts to list it
	served  time.Time // when the API starts to serve it
	records []element
}

// An element is one element of a content blob. It is an event, and becomes a
// row, if it can be parsed and is of a wanted type.
type element struct {
	event string // its id; "" if it is not an event
	json  string
}

func (c contentBlob) body() string {
	var elements []string
	for _, r := range c.records {
		elements = append(elements, r.json)
	}
	return "[" + strings.Join(elements, ",\n") + "]"
}

// rejected is how many of its elements cannot be parsed.
func (c contentBlob) rejected() (n int) {
	for _, r := range c.records {
		if strings.Contains(r.json, "no time") {
			n++
		}
	}
	return n
}

// events is how many of its elements become rows.
func (c contentBlob) events() (n int) {
	for _, r := range c.records {
		if r.event != "" {
			n++
		}
	}
	return n
}

func (c contentBlob) is(name string) bool { return strings.Contains(c.ID, "$"+name+"$") }

// earlier reports whether the record of c is the row if both have an event.
func (c contentBlob) earlier(than contentBlob) bool {
	if c.Created.Equal(than.Created) {
		return c.ID < than.ID
	}
	return c.Created.Before(than.Created)
}

const pageSize = 2 // content blobs on a page of the listing

func (a *apiFixture) RoundTrip(r *http.Request) (*http.Response, error) {
	switch {
	case strings.Contains(r.URL.Path, "/subscriptions/content"):
		return a.list(r)
	case strings.Contains(r.URL.Path, "/audit/"):
		return a.fetch(r, path.Base(r.URL.Path)), nil
	}
	return a.tenant.RoundTrip(r)
}

// list responds with one page of the listing of a window.
func (a *apiFixture) list(r *http.Request) (*http.Response, error) {
	q := r.URL.Query()
	from, err1 := time.Parse("2006-01-02T15:04:05", q.Get("startTime"))
	to, err2 := time.Parse("2006-01-02T15:04:05", q.Get("endTime"))
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("window %s to %s", q.Get("startTime"), q.Get("endTime"))
	}
	rows := []map[string]string{}
	for _, c := range a.blobs {
		if !c.listed.After(a.now()) && !c.Created.Before(from) && c.Created.Before(to) {
			rows = append(rows, map[string]string{
				"contentId": c.ID, "contentType": c.Type, "contentUri": "https://localhost/" + c.ID,
				"contentCreated": c.Created.Format(time.RFC3339), "contentExpiration": c.Expiration.Format(time.RFC3339),
			})
		}
	}
	page, _ := strconv.Atoi(q.Get("nextPage")) // absent on the first page
	rest := rows[min(page*pageSize, len(rows)):]
	body, err := json.Marshal(rest[:min(pageSize, len(rest))])
	if err != nil {
		return nil, err
	}
	resp := apiResponse(r, http.StatusOK, body)
	if len(rest) > pageSize {
		next := *r.URL
		q.Set("nextPage", strconv.Itoa(page+1))
		next.RawQuery = q.Encode()
		resp.Header.Set("NextPageUri", next.String())
	}
	return resp, nil
}

// fetch responds with a content blob, until it expires.
func (a *apiFixture) fetch(r *http.Request, id string) *http.Response {
	for _, c := range a.blobs {
		if c.ID != id || !a.now().Before(c.Expiration) {
			continue
		}
		if a.now().Before(c.served) {
			resp := apiResponse(r, http.StatusServiceUnavailable, nil)
			resp.Header.Set("Retry-After", "120") // too long for a client to wait
			return resp
		}
		return apiResponse(r, http.StatusOK, []byte(c.body()))
	}
	return apiResponse(r, http.StatusBadRequest, []byte(`{"error":{"code":"AF20051","message":"Content requested with the key `+id+` has already expired."}}`))
}

func apiResponse(r *http.Request, status int, body []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status), ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// fixtureBlobs are the content blobs of the crash tests. The first four are
// available from the start, the others before the second tick.
//
//	first     three events, one of them of an earlier month, and elements that do not become rows
//	second    a copy of an event of first, in other bytes; another record with the id of one; one event of its own
//	fleeting  one event; expires between the first and the second tick
//	stubborn  one event; not served until shortly before the second tick
//	late      created before all others: a copy of an event of first, and another record with the id of one of second
//	last      a copy of the old event of first, and one of its own
//
// They hold seven events: seven rows, three duplicates and two conflicts, in
// whatever order they are ingested.
func fixtureBlobs() []contentBlob {
	start, second := ingesttest.Start, ingesttest.Start.Add(9*time.Minute)
	one, two, old := "2026-03-18T10:05:00", "2026-03-18T11:10:00", "2026-02-28T23:59:59"
	return []contentBlob{
		newContent("first", -110*time.Minute, start,
			wanted("a1", one, "x"), wanted("a2", one, "x"), wanted("a3", old, "x"),
			element{"", `{"Id":"no time","RecordType":94,"Operation":"x"}`},
			element{"", `{"Id":"of a type that is not wanted","RecordType":25,"CreationTime":"2026-03-18T10:00:00","Operation":"x"}`}),
		newContent("second", -90*time.Minute, start, spaced(wanted("a1", one, "x")), wanted("a2", one, "y"), wanted("b1", one, "x")),
		expiring(newContent("fleeting", -80*time.Minute, start, wanted("c1", one, "x")), start.Add(5*time.Minute)),
		serving(newContent("stubborn", -70*time.Minute, start, wanted("e1", one, "x")), second),
		newContent("late", -115*time.Minute, second, wanted("a1", one, "x"), wanted("b1", one, "y")),
		newContent("last", 5*time.Minute, second, wanted("a3", old, "x"), wanted("d1", two, "x")),
	}
}

func newContent(id string, created time.Duration, listed time.Time, records ...element) contentBlob {
	c := audit.Content{ID: "20260318$" + id + "$audit_general$1", Type: tenant.General, Created: ingesttest.Start.Add(created)}
	c.Expiration = c.Created.Add(7 * 24 * time.Hour)
	return contentBlob{c, listed, listed, records}
}

func serving(c contentBlob, from time.Time) contentBlob {
	c.served = from
	return c
}

func expiring(c contentBlob, at time.Time) contentBlob {
	c.Expiration = at
	return c
}

func wanted(name, created, operation string) element {
	id := "00000000-0000-4000-8000-0000000000" + name
	return element{id, fmt.Sprintf(`{"Id":%q,"RecordType":94,"CreationTime":%q,"Operation":%q,"UserId":"ada@contoso.example"}`, id, created, operation)}
}

func spaced(r element) element {
	r.json = strings.ReplaceAll(r.json, ",", " , ")
	return r
}
