package tenant

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestUnknownOperation(t *testing.T) {
	a := serve(t, small())
	a.get("subscriptions/everything").want(t, 404, `{"Message":`)
	a.get("subscriptions/start?contentType=Audit.General").want(t, 405, `{"Message":`)
	if a.Requests()[OpStart] != 1 || a.Requests()[OpUnknown] != 1 || a.Requests()[OpToken] != 1 {
		t.Errorf("counts of requests are %v", a.Requests())
	}
}

func TestHeaders(t *testing.T) {
	a := serve(t, small())
	a.advance(3 * time.Minute)
	got := a.get("subscriptions/list")
	for name, want := range map[string]string{
		"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-cache", "Date": "Fri, 20 Nov 2026 12:03:00 GMT", "Expires": "-1",
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.header.Get(name), want)
		}
	}
}

func TestViolationsOfRequests(t *testing.T) {
	a := serve(t, small())
	a.get("subscriptions/list?PublisherIdentifier=contoso")
	a.get("audit/x%24y%24z%24")
	want := []string{"list: PublisherIdentifier is not a GUID", "audit: the $ of a content id is escaped"}
	if got := a.Violations(); !slices.Equal(got, want) {
		t.Errorf("violations are %q, want %q", got, want)
	}
}

func TestFetchErrors(t *testing.T) {
	a := serve(t, small())
	a.start(General)
	contents := a.Contents(base)
	first := contents[0]
	a.get("audit/nonsense").want(t, 400, `"AF20052","message":"Blob key nonsense in the url is invalid."`)
	a.get("audit/492638008028$492638008028$f28ab78a40fb4608012736e373933ebspo2015043022$4a81a7c326fc4aed89c62e6039ab833b$04").want(t, 404, `"AF20050"`)
	future := a.item(a.streams[0], 61)
	a.get("audit/"+future.contentID()).want(t, 404, `"AF20050"`)

	a.advance(first.Expiration.Sub(base) - time.Second)
	a.login()
	a.get("audit/"+first.ID).want(t, 200, "[")
	a.advance(time.Second)
	a.get("audit/"+first.ID).want(t, 400, `"AF20051"`)
}

func TestViolationFetchedAgain(t *testing.T) {
	a := serve(t, small())
	a.start(General)
	id := a.Contents(base)[5].ID
	for range 3 {
		a.get("audit/" + id)
	}
	want := []string{"audit: " + id + " fetched again after it was sent (2 times)"}
	if got := a.Violations(); !slices.Equal(got, want) {
		t.Errorf("violations are %q, want %q", got, want)
	}
	if got := a.ContentRequests()[id]; got != 3 {
		t.Errorf("%d requests for the content blob counted, want 3", got)
	}
}

func TestQuota(t *testing.T) {
	c := small()
	c.RequestsPerMinute = 20
	a := serve(t, c)
	target := a.URL() + "/api/v1.0/" + a.TenantID() + "/activity/feed/subscriptions/list"
	named, unnamed := target+"?PublisherIdentifier="+a.TenantID(), target
	succeeds := func(target string) (n int) {
		for a.follow(http.MethodGet, target, "").status == http.StatusOK {
			n++
		}
		return n
	}
	if n := succeeds(unnamed); n != 2 {
		t.Errorf("%d requests without PublisherIdentifier pass, want 2", n)
	}
	a.follow(http.MethodGet, unnamed, "").want(t, 403, "PublisherId=00000000-0000-0000-0000-000000000000'")
	if n := succeeds(named); n != 20 {
		t.Errorf("%d requests with PublisherIdentifier pass, want 20", n)
	}
	a.advance(15 * time.Second)
	if n := succeeds(named); n != 5 {
		t.Errorf("%d requests pass after a quarter of a minute, want 5", n)
	}
	if !slices.Contains(a.Violations(), "list: PublisherIdentifier missing (4 times)") {
		t.Errorf("violations %q", a.Violations())
	}
}

func TestInvalidConfig(t *testing.T) {
	now := func() time.Time { return base }
	for want, c := range map[string]Config{
		"Now":         {},
		"TenantID":    {Now: now, TenantID: "contoso.com"},
		"NoiseShare":  {Now: now, NoiseShare: 1},
		"PageSize":    {Now: now, PageSize: -1},
		"Audit.Aip":   {Now: now, Types: []string{"Audit.Aip"}},
		"given twice": {Now: now, Types: []string{General, General}},
	} {
		tenant := New(c)
		if err := tenant.Start(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Start returns %v, want an error about %s", err, want)
		}
		if n := len(tenant.Contents(base)); n != 0 {
			t.Errorf("%d content blobs in an invalid tenant", n)
		}
	}
}
