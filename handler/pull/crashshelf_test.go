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

// A shelf stands before the tenant and answers for its contents, of which it
// has a few that the crash tests need, and no other. It is an
// http.RoundTripper.
type shelf struct {
	tenant   http.RoundTripper // answers everything else
	now      func() time.Time
	contents []shelved
}

// A shelved is a content with its records.
type shelved struct {
	audit.Content
	listed  time.Time // when the API begins to list it
	served  time.Time // when it begins to serve it
	records []shelvedRecord
}

// A shelvedRecord is one element of a content. An event is one that is to
// become a row: an element that can be read, of a type that is wanted.
type shelvedRecord struct {
	event string // its id; "" for none
	json  string
}

func (s shelved) body() string {
	var elements []string
	for _, r := range s.records {
		elements = append(elements, r.json)
	}
	return "[" + strings.Join(elements, ",\n") + "]"
}

// rejected is how many of its elements cannot be read.
func (s shelved) rejected() (n int) {
	for _, r := range s.records {
		if strings.Contains(r.json, "no time") {
			n++
		}
	}
	return n
}

// events is how many of its elements are to become rows.
func (s shelved) events() (n int) {
	for _, r := range s.records {
		if r.event != "" {
			n++
		}
	}
	return n
}

func (s shelved) is(name string) bool { return strings.Contains(s.ID, "$"+name+"$") }

// earlier tells whose record is the row where two have the same event.
func (s shelved) earlier(than shelved) bool {
	if s.Created.Equal(than.Created) {
		return s.ID < than.ID
	}
	return s.Created.Before(than.Created)
}

const pageSize = 2 // contents on a page of the shelf's

func (s *shelf) RoundTrip(r *http.Request) (*http.Response, error) {
	switch {
	case strings.Contains(r.URL.Path, "/subscriptions/content"):
		return s.list(r)
	case strings.Contains(r.URL.Path, "/audit/"):
		return s.fetch(r, path.Base(r.URL.Path)), nil
	}
	return s.tenant.RoundTrip(r)
}

// list answers with a page of the contents of a window.
func (s *shelf) list(r *http.Request) (*http.Response, error) {
	q := r.URL.Query()
	from, err1 := time.Parse("2006-01-02T15:04:05", q.Get("startTime"))
	to, err2 := time.Parse("2006-01-02T15:04:05", q.Get("endTime"))
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("window %s to %s", q.Get("startTime"), q.Get("endTime"))
	}
	rows := []map[string]string{}
	for _, c := range s.contents {
		if !c.listed.After(s.now()) && !c.Created.Before(from) && c.Created.Before(to) {
			rows = append(rows, map[string]string{
				"contentId": c.ID, "contentType": c.Type, "contentUri": "https://localhost/" + c.ID,
				"contentCreated": c.Created.Format(time.RFC3339), "contentExpiration": c.Expiration.Format(time.RFC3339),
			})
		}
	}
	page, _ := strconv.Atoi(q.Get("nextPage")) // none is the first
	rest := rows[min(page*pageSize, len(rows)):]
	body, err := json.Marshal(rest[:min(pageSize, len(rest))])
	if err != nil {
		return nil, err
	}
	resp := apiAnswer(r, http.StatusOK, body)
	if len(rest) > pageSize {
		next := *r.URL
		q.Set("nextPage", strconv.Itoa(page+1))
		next.RawQuery = q.Encode()
		resp.Header.Set("NextPageUri", next.String())
	}
	return resp, nil
}

// fetch answers with a content, until it expires.
func (s *shelf) fetch(r *http.Request, id string) *http.Response {
	for _, c := range s.contents {
		if c.ID != id || !s.now().Before(c.Expiration) {
			continue
		}
		if s.now().Before(c.served) {
			resp := apiAnswer(r, http.StatusServiceUnavailable, nil)
			resp.Header.Set("Retry-After", "120") // too long for a client to wait
			return resp
		}
		return apiAnswer(r, http.StatusOK, []byte(c.body()))
	}
	return apiAnswer(r, http.StatusBadRequest, []byte(`{"error":{"code":"AF20051","message":"Content requested with the key `+id+` has already expired."}}`))
}

func apiAnswer(r *http.Request, status int, body []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status), ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// The contents of the crash tests. The first four are there from the start,
// the others come before the second tick.
//
//	first     three events, one of them a month back, and elements that become no row
//	second    a copy of an event of the first, in other bytes; another record under the id of one; one of its own
//	fleeting  one event; expires between the first and the second tick
//	stubborn  one event; is not served until shortly before the second tick
//	late      was created before all others: a copy of the first's, and another record under the id of one of the second
//	last      a copy of the first's old one, and one of its own
//
// That is seven events: seven rows, three duplicates and two conflicts, in
// whatever order the contents come.
func shelvedContents() []shelved {
	start, second := ingesttest.Start, ingesttest.Start.Add(9*time.Minute)
	one, two, old := "2026-03-18T10:05:00", "2026-03-18T11:10:00", "2026-02-28T23:59:59"
	return []shelved{
		shelve("first", -110*time.Minute, start,
			wanted("a1", one, "x"), wanted("a2", one, "x"), wanted("a3", old, "x"),
			shelvedRecord{"", `{"Id":"no time","RecordType":94,"Operation":"x"}`},
			shelvedRecord{"", `{"Id":"of a type that is not wanted","RecordType":25,"CreationTime":"2026-03-18T10:00:00","Operation":"x"}`}),
		shelve("second", -90*time.Minute, start, spaced(wanted("a1", one, "x")), wanted("a2", one, "y"), wanted("b1", one, "x")),
		expiring(shelve("fleeting", -80*time.Minute, start, wanted("c1", one, "x")), start.Add(5*time.Minute)),
		serving(shelve("stubborn", -70*time.Minute, start, wanted("e1", one, "x")), second),
		shelve("late", -115*time.Minute, second, wanted("a1", one, "x"), wanted("b1", one, "y")),
		shelve("last", 5*time.Minute, second, wanted("a3", old, "x"), wanted("d1", two, "x")),
	}
}

func shelve(id string, created time.Duration, listed time.Time, records ...shelvedRecord) shelved {
	c := audit.Content{ID: "20260318$" + id + "$audit_general$1", Type: tenant.General, Created: ingesttest.Start.Add(created)}
	c.Expiration = c.Created.Add(7 * 24 * time.Hour)
	return shelved{c, listed, listed, records}
}

func serving(s shelved, from time.Time) shelved {
	s.served = from
	return s
}

func expiring(s shelved, at time.Time) shelved {
	s.Expiration = at
	return s
}

func wanted(name, created, operation string) shelvedRecord {
	id := "00000000-0000-4000-8000-0000000000" + name
	return shelvedRecord{id, fmt.Sprintf(`{"Id":%q,"RecordType":94,"CreationTime":%q,"Operation":%q,"UserId":"ada@contoso.example"}`, id, created, operation)}
}

func spaced(r shelvedRecord) shelvedRecord {
	r.json = strings.ReplaceAll(r.json, ",", " , ")
	return r
}
