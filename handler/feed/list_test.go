package feed_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/feed"
)

var (
	windowStart = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	windowEnd   = windowStart.Add(24 * time.Hour)
)

// list lists one window and returns the ids of each page, separated by commas.
func list(ctx context.Context, c *feed.Client) ([]string, error) {
	var pages []string
	for page, err := range c.List(ctx, "Audit.General", windowStart, windowEnd) {
		if err != nil {
			return pages, err
		}
		var ids []string
		for _, content := range page {
			ids = append(ids, content.ID)
		}
		pages = append(pages, strings.Join(ids, ","))
	}
	return pages, nil
}

// item returns one item of a listing.
func item(id string) string {
	return `{"contentId":"` + id + `","contentCreated":"2026-11-21T10:00:00.000Z"}`
}

// firstPage is the request for the first page of the window.
const firstPage = "GET " + feedPath + "subscriptions/content?PublisherIdentifier=" + publisher +
	"&contentType=Audit.General&endTime=2026-11-22T00%3A00%3A00&startTime=2026-11-21T00%3A00%3A00"

// The header of the next page is found in any case, and its query is kept.
func TestListFollowsPages(t *testing.T) {
	for _, header := range []string{"NextPageUri", "Nextpageuri", "nextpageuri", "NEXTPAGEURI"} {
		t.Run(header, func(t *testing.T) {
			var s *server
			next := func(page, path string) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) {
					w.Header()[header] = []string{s.URL + path}
					io.WriteString(w, "["+item(page+"1")+","+item(page+"2")+"]")
				}
			}
			s = newServer(t, sequence(
				next("a", "/api/v1/"+tenant+"/activity/feed/subscriptions/content?contentType=Audit.General&endtime=2026-11-22T00:00:00&nextPage=2015%2b0R"),
				next("b", feedPath+"subscriptions/content?publisheridentifier="+publisher+"&nextpage=3"),
				reply(200, "[]"),
			))
			pages, err := list(t.Context(), s.client(feed.Config{}))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"a1,a2", "b1,b2", ""}, pages); diff != "" {
				t.Error(diff)
			}
			want := []string{
				firstPage,
				"GET /api/v1/" + tenant + "/activity/feed/subscriptions/content?contentType=Audit.General&endtime=2026-11-22T00:00:00&nextPage=2015%2b0R&PublisherIdentifier=" + publisher,
				"GET " + feedPath + "subscriptions/content?publisheridentifier=" + publisher + "&nextpage=3",
			}
			if diff := cmp.Diff(want, s.sent()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestListItemFields(t *testing.T) {
	day := func(hour, nano int) time.Time { return time.Date(2026, 11, 21, hour, 0, 0, nano, time.UTC) }
	s := newServer(t, reply(200, `[
		{"contentType":"Audit.Exchange","contentId":"2026$2026$a_b$C$emea0036","contentUri":"http://localhost/x","contentCreated":"2026-11-21T10:00:00.125Z","contentExpiration":"2026-12-12T10:00:00Z"},
		{"contentId":"b","contentCreated":"2026-11-21T10:00:00"},
		{"contentId":"c","contentCreated":" 2026-11-21T12:00:00+02:00","contentExpiration":"never"},
		{"contentId":"b","contentCreated":"2026-11-21T10:00:00.5","contentExpiration":""}]`))
	want := []audit.Content{
		{ID: "2026$2026$a_b$C$emea0036", Type: "Audit.Exchange", Created: day(10, 125e6), Expiration: time.Date(2026, 12, 12, 10, 0, 0, 0, time.UTC)},
		{ID: "b", Type: "Audit.General", Created: day(10, 0), Expiration: day(10, 0).AddDate(0, 0, 7)},
		{ID: "c", Type: "Audit.General", Created: day(10, 0), Expiration: day(10, 0).AddDate(0, 0, 7)},
		{ID: "b", Type: "Audit.General", Created: day(10, 5e8), Expiration: day(10, 5e8).AddDate(0, 0, 7)},
	}
	for page, err := range s.client(feed.Config{}).List(t.Context(), "Audit.General", windowStart, windowEnd) {
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, page); diff != "" {
			t.Error(diff)
		}
	}
}

// An unreadable item costs no other item, but the listing ends with an error.
func TestListUnreadableItem(t *testing.T) {
	for _, bad := range []string{
		`{"contentCreated":"2026-11-21T10:00:00Z"}`, `{"contentId":" ","contentCreated":"2026-11-21T10:00:00Z"}`,
		`{"contentId":"a"}`, `{"contentId":"a","contentCreated":"yesterday"}`, `null`, `1`,
	} {
		s := newServer(t, nil)
		s.respond = sequence(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("NextPageUri", s.URL+feedPath+"subscriptions/content?nextPage=1")
			io.WriteString(w, "["+item("x")+","+bad+","+item("y")+"]")
		}, reply(200, "["+item("z")+"]"))
		pages, err := list(t.Context(), s.client(feed.Config{}))
		want(t, err, feed.Transient, "")
		if diff := cmp.Diff([]string{"x,y", "z"}, pages); diff != "" {
			t.Errorf("with %s (-want +got):\n%s", bad, diff)
		}
		if !strings.Contains(err.Error(), "item 2 of 3") {
			t.Errorf("the error does not say which item: %v", err)
		}
	}
}

// A window is sent in UTC, without a zone, truncated to the second.
func TestListWindow(t *testing.T) {
	s := newServer(t, reply(200, "[]"))
	zone := time.FixedZone("", 13*3600)
	start := time.Date(2026, 11, 22, 2, 4, 5, 999e6, zone)
	for _, err := range s.client(feed.Config{}).List(t.Context(), "DLP.All", start, start.Add(11*time.Hour)) {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"GET " + feedPath + "subscriptions/content?PublisherIdentifier=" + publisher +
		"&contentType=DLP.All&endTime=2026-11-22T00%3A04%3A05&startTime=2026-11-21T13%3A04%3A05"}
	if diff := cmp.Diff(want, s.sent()); diff != "" {
		t.Error(diff)
	}
}

// An invalid window is an error of the caller and is not sent.
func TestListInvalidWindow(t *testing.T) {
	s := newServer(t, reply(200, "[]"))
	c := s.client(feed.Config{})
	for _, length := range []time.Duration{0, 999 * time.Millisecond, -time.Hour, 24*time.Hour + time.Second} {
		n := 0
		for page, err := range c.List(t.Context(), "Audit.General", windowStart, windowStart.Add(length)) {
			want(t, err, feed.Internal, "")
			if page != nil {
				t.Errorf("window of %s: got a page", length)
			}
			n++
		}
		if n != 1 {
			t.Errorf("window of %s: %d elements, want 1, the error", length, n)
		}
	}
	if sent := s.sent(); len(sent) > 0 {
		t.Errorf("sent %q", sent)
	}
}

func TestListPaginationLoop(t *testing.T) {
	var s *server
	to := func(query string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("NextPageUri", s.URL+feedPath+"subscriptions/content?"+query)
			io.WriteString(w, "["+item("x")+"]")
		}
	}
	s = newServer(t, sequence(to("nextPage=1"), to("nextPage=2"), to("nextPage=1")))
	pages, err := list(t.Context(), s.client(feed.Config{}))
	want(t, err, feed.Window, "")
	if len(pages) != 3 || len(s.sent()) != 3 {
		t.Errorf("%d pages, %d requests; want 3 of each", len(pages), len(s.sent()))
	}
}

func TestListTooManyPages(t *testing.T) {
	var s *server
	n := 0
	s = newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		w.Header().Set("NextPageUri", fmt.Sprintf("%s%ssubscriptions/content?nextPage=%d", s.URL, feedPath, n))
		io.WriteString(w, "[]")
	})
	pages, err := list(t.Context(), s.client(feed.Config{RequestsPerMinute: 1_000_000}))
	want(t, err, feed.Window, "")
	if len(pages) != 1000 {
		t.Errorf("%d pages, want 1000", len(pages))
	}
}

func TestListStopsEarly(t *testing.T) {
	var s *server
	s = newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("NextPageUri", s.URL+feedPath+"subscriptions/content?nextPage=1")
		io.WriteString(w, "[]")
	})
	for range s.client(feed.Config{}).List(t.Context(), "Audit.General", windowStart, windowEnd) {
		break
	}
	if n := len(s.sent()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// canary returns a server that must never receive a request.
func canary(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("request to the canary for %s, with Authorization %q", r.URL, r.Header.Get("Authorization"))
	}))
	t.Cleanup(s.Close)
	return s
}

func TestListForeignPage(t *testing.T) {
	foreign := canary(t)
	s := newServer(t, nil)
	path := feedPath + "subscriptions/content"
	for _, uri := range []string{
		foreign.URL + path + "?nextPage=1",
		"http" + strings.TrimPrefix(s.URL, "https") + path,
		"//" + foreign.Listener.Addr().String() + path,
		path + "?nextPage=1",
		s.URL + ".evil.example" + path,
		"https://user@" + foreign.Listener.Addr().String() + path,
		strings.Replace(s.URL, "https://", "https://"+s.Listener.Addr().String()+"@", 1) + path,
		"https://127.0.0.1:8443" + path,
		"https://127.0.0.1" + path,
		"https://localhost:" + s.root().Port() + path,
		"https://2130706433:" + s.root().Port() + path,
		"https://[::ffff:127.0.0.1]:" + s.root().Port() + path,
		s.URL + strings.Replace(path, tenant, publisher, 1),
		s.URL + feedPath + "subscriptions/list",
		s.URL + feedPath + "audit/x",
		s.URL + feedPath + "subscriptions/../subscriptions/content",
		s.URL + feedPath + "subscriptions/%2e%2e/subscriptions/content",
		s.URL + feedPath + "subscriptions%2fcontent",
		s.URL + feedPath + `subscriptions\content`,
		s.URL + "/" + path,
		s.URL + path + "/",
		s.URL + path + "#fragment",
		s.URL,
		"https:" + strings.TrimPrefix(s.URL, "https://") + path,
		"javascript:alert(1)",
		"%",
		"://",
	} {
		s.respond = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("NextPageUri", uri)
			io.WriteString(w, "["+item("x")+"]")
		}
		before := len(s.sent())
		pages, err := list(t.Context(), s.client(feed.Config{}))
		want(t, err, feed.Window, "")
		if len(pages) != 1 || len(s.sent()) != before+1 {
			t.Errorf("next page %q: %d pages, %d requests; want 1 of each", uri, len(pages), len(s.sent())-before)
		}
	}
}

// The API may write the root and the path of a next page in another case.
func TestListOwnPageSpellings(t *testing.T) {
	s := newServer(t, nil)
	for _, uri := range []string{
		strings.Replace(s.URL, "https", "HTTPS", 1) + feedPath + "subscriptions/content?nextPage=1",
		s.URL + strings.ToUpper(feedPath) + "Subscriptions/Content?nextPage=1",
	} {
		s.respond = sequence(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("NextPageUri", uri)
			io.WriteString(w, "[]")
		}, reply(200, "[]"))
		if pages, err := list(t.Context(), s.client(feed.Config{})); err != nil || len(pages) != 2 {
			t.Errorf("next page %q: %d pages, %v; want 2", uri, len(pages), err)
		}
	}
}

func TestRedirect(t *testing.T) {
	foreign := canary(t)
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", foreign.URL+r.URL.Path)
			w.WriteHeader(status)
		})
		c := s.client(feed.Config{})
		_, err := c.Content(t.Context(), "id")
		want(t, err, feed.Transient, "")
		want(t, c.Start(t.Context(), "Audit.General", nil), feed.Transient, "")
		_, err = list(t.Context(), c)
		want(t, err, feed.Transient, "")
	}
}
