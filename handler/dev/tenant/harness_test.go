package tenant

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/records"
)

// base is the base time of all tenants in the tests: a Friday noon.
var base = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// clock is advanced by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// small configures a tenant that a test can read whole.
func small() Config { return Config{Seed: 7, Events: 1500, Contents: 60, NoiseShare: 0.5} }

// newTenant returns a tenant that is not started, and its clock.
func newTenant(t *testing.T, c Config) (*Tenant, *clock) {
	t.Helper()
	clk := &clock{now: base}
	c.Now = clk.Now
	return New(c), clk
}

// api is a plain client of a tenant.
type api struct {
	*testing.T
	*Tenant
	*clock
	http  *http.Client
	token string
}

// serve starts a tenant and returns its client.
func serve(t *testing.T, c Config) *api {
	t.Helper()
	tenant, clk := newTenant(t, c)
	if err := tenant.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tenant.Close)
	a := &api{T: t, Tenant: tenant, clock: clk, http: tenant.Client()}
	a.login()
	return a
}

// result is a response, or the error of reading it.
type result struct {
	status int
	header http.Header
	body   string
	err    error // reading the body
}

func (a *api) do(method, target string, header http.Header, body string) result {
	a.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	request, err := http.NewRequestWithContext(a.Context(), method, target, reader)
	if err != nil {
		a.Fatal(err)
	}
	request.Header = header
	response, err := a.http.Do(request)
	if err != nil {
		return result{err: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return result{response.StatusCode, response.Header, string(text), err}
}

// login requests a token as MSAL does, and retries while the endpoint is down.
func (a *api) login() {
	a.Helper()
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {a.ClientID()}, "client_secret": {a.ClientSecret()},
		"scope": {"https://manage.office.com/.default"},
	}
	got := a.postToken("/"+a.TenantID()+"/oauth2/v2.0/token", form)
	for got.status == http.StatusServiceUnavailable {
		got = a.postToken("/"+a.TenantID()+"/oauth2/v2.0/token", form)
	}
	var grant struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(got.body), &grant); err != nil || grant.AccessToken == "" {
		a.Fatalf("response of the token endpoint is %d %s", got.status, got.body)
	}
	a.token = grant.AccessToken
}

func (a *api) postToken(path string, form url.Values) result {
	a.Helper()
	return a.do(http.MethodPost, a.URL()+path, http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, form.Encode())
}

// call sends a request to the API. The path is the part after /feed/.
func (a *api) call(method, path, body string) result {
	a.Helper()
	target := a.URL() + "/api/v1.0/" + a.TenantID() + "/activity/feed/" + path
	if !strings.Contains(path, "PublisherIdentifier") {
		target += join(target) + "PublisherIdentifier=" + a.TenantID()
	}
	return a.follow(method, target, body)
}

func (a *api) follow(method, target, body string) result {
	a.Helper()
	return a.do(method, target, http.Header{"Authorization": {"Bearer " + a.token}}, body)
}

func join(target string) string {
	if strings.Contains(target, "?") {
		return "&"
	}
	return "?"
}

func (a *api) get(path string) result { a.Helper(); return a.call(http.MethodGet, path, "") }

func (a *api) start(contentType string) result {
	a.Helper()
	return a.call(http.MethodPost, "subscriptions/start?contentType="+contentType, "")
}

// stamp formats a time for a window.
func stamp(t time.Time) string { return t.Format(records.TimeLayout) }

// listing returns the path of a listing.
func listing(contentType string, start, end time.Time) string {
	return "subscriptions/content?contentType=" + contentType + "&startTime=" + stamp(start) + "&endTime=" + stamp(end)
}

// row is an element of a listing.
type row struct {
	ContentURI        string `json:"contentUri"`
	ContentID         string `json:"contentId"`
	ContentType       string `json:"contentType"`
	ContentCreated    string `json:"contentCreated"`
	ContentExpiration string `json:"contentExpiration"`
}

// list lists a window to its last page.
func (a *api) list(contentType string, start, end time.Time) []row {
	a.Helper()
	var rows []row
	got := a.get(listing(contentType, start, end))
	for pages := 1; ; pages++ {
		var page []row
		if err := json.Unmarshal([]byte(got.body), &page); err != nil {
			a.Fatalf("response to a listing is %d %s", got.status, got.body)
		}
		rows = append(rows, page...)
		next := got.header.Get("NextPageUri")
		if next == "" {
			return rows
		}
		got = a.follow(http.MethodGet, next+"&PublisherIdentifier="+a.TenantID(), "")
	}
}

// listAll lists everything until now, day by day.
func (a *api) listAll(contentType string) []row {
	a.Helper()
	var rows []row
	for start := a.Now().Add(-lookBack); start.Before(a.Now()); start = start.Add(24 * time.Hour) {
		rows = append(rows, a.list(contentType, start, start.Add(24*time.Hour))...)
	}
	return rows
}

// want fails the test unless the response has a status and contains a text.
func (r result) want(t *testing.T, status int, text string) {
	t.Helper()
	if r.err != nil || r.status != status || !strings.Contains(r.body, text) {
		t.Errorf("response is %d %.300s (%v), want %d with %q", r.status, r.body, r.err, status, text)
	}
}
