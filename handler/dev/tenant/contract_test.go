package tenant

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestBadListingsAreRefused(t *testing.T) {
	a := serve(t, small())
	a.start(General)
	at := func(d time.Duration) string { return "&startTime=" + stamp(base.Add(d)) }
	until := func(d time.Duration) string { return "&endTime=" + stamp(base.Add(d)) }
	const h = time.Hour
	tests := []struct{ name, query, want string }{
		{"no content type", "x=1", "AF20001"},
		{"unknown content type", "contentType=Audit.Aip", "AF20020"},
		{"start alone", "contentType=Audit.General" + at(-h), "AF20030"},
		{"end alone", "contentType=Audit.General" + until(-h), "AF20030"},
		{"end before start", "contentType=Audit.General" + at(-h) + until(-2*h), "AF20055"},
		{"empty window", "contentType=Audit.General" + at(-h) + until(-h), "AF20055"},
		{"more than a day", "contentType=Audit.General" + at(-25*h) + until(-h+time.Second), "AF20055"},
		{"more than a week back", "contentType=Audit.General" + at(-lookBack-time.Second) + until(-lookBack+h), "AF20055"},
		{"no time", "contentType=Audit.General&startTime=yesterday" + until(0), "AF20002"},
		{"plus sign unescaped", "contentType=Audit.General" + at(-h) + "+00:00" + until(0) + "+00:00", "AF20002"},
		{"page unknown", "contentType=Audit.General" + at(-h) + until(0) + "&nextPage=2015101900R022885001761", "AF20031"},
		{"page beyond the end", "contentType=Audit.General" + at(-h) + until(0) + "&nextPage=" + pageToken(window{start: base.Add(-h)}, 999), "AF20031"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a.get("subscriptions/content?"+tt.query).want(t, 400, `"`+tt.want+`"`)
		})
	}
	for _, breach := range []string{"window of 24h0m1s", "window of -1h0m0s", "more than 7 days back"} {
		if !strings.Contains(strings.Join(a.Violations(), "\n"), breach) {
			t.Errorf("violations %q do not tell of %q", a.Violations(), breach)
		}
	}
}

func TestTimesAreTakenInEveryKnownForm(t *testing.T) {
	a := serve(t, small())
	a.start(General)
	want := a.get("subscriptions/content?contentType=Audit.General&startTime=2026-11-19T10:00:00&endTime=2026-11-20T10:00:00").body
	for _, form := range [][2]string{
		{"2026-11-19T10:00", "2026-11-20T10:00"},
		{"2026-11-19T10:00:00Z", "2026-11-20T10:00:00.000Z"},
		{"2026-11-19T11%3A00%3A00%2B01%3A00", "2026-11-20T10%3A00%3A00"},
	} {
		query := "subscriptions/content?CONTENTTYPE=Audit.General&starttime=" + form[0] + "&endtime=" + form[1] + "&publisherIdentifier=" + a.TenantID()
		if got := a.get(query).body; got != want || len(got) < 100 {
			t.Errorf("%v lists %.100s, want %.100s", form, got, want)
		}
	}
	if got := a.get("subscriptions/content?contentType=Audit.General").body; len(got) < 100 {
		t.Errorf("without times %q is listed, want the last day", got)
	}
}

func TestLookBackHasGraceIfConfigured(t *testing.T) {
	c := small()
	c.Grace = time.Hour
	a := serve(t, c)
	a.start(General)
	a.get(listing(General, base.Add(-lookBack-time.Hour), base.Add(-lookBack+time.Hour))).want(t, 200, "[")
	a.get(listing(General, base.Add(-lookBack-time.Hour-time.Second), base.Add(-lookBack))).want(t, 400, "AF20055")
}

func TestContentsAreRefused(t *testing.T) {
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

func TestUnknownOperationsAndMethodsAreRefused(t *testing.T) {
	a := serve(t, small())
	a.get("subscriptions/everything").want(t, 404, `{"Message":`)
	a.get("subscriptions/start?contentType=Audit.General").want(t, 405, `{"Message":`)
	if a.Requests()[OpStart] != 1 || a.Requests()[OpUnknown] != 1 || a.Requests()[OpToken] != 1 {
		t.Errorf("requests counted: %v", a.Requests())
	}
}

func TestHeadersAreTheServices(t *testing.T) {
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

func TestThrottleIsAMinutesBucketForEachKindOfPublisher(t *testing.T) {
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

func TestNextPageLeadsToTheEndThoughContentsArrive(t *testing.T) {
	c := small()
	c.PageSize = 3
	a := serve(t, c)
	a.start(General)
	before := len(a.Contents(base))
	got := a.get(listing(General, base.Add(-20*time.Hour), base.Add(4*time.Hour)))
	var seen []string
	for {
		var page []row
		if err := json.Unmarshal([]byte(got.body), &page); err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			seen = append(seen, r.ContentID)
		}
		next := got.header.Get("NextPageUri")
		if next == "" {
			break
		}
		if u, err := url.Parse(next); err != nil || !strings.HasPrefix(next, a.URL()+"/api/v1/") || u.Query().Get("startTime") == "" {
			t.Fatalf("next page is %q", next)
		}
		a.advance(time.Hour)
		a.login()
		got = a.follow(http.MethodGet, next+"&PublisherIdentifier="+a.TenantID(), "")
	}
	if compact := slices.Compact(slices.Sorted(slices.Values(seen))); len(compact) != len(seen) {
		t.Errorf("%d contents listed, %d of them different", len(seen), len(compact))
	}
	for _, c := range a.Contents(base)[before-5:] {
		if !slices.Contains(seen, c.ID) {
			t.Errorf("content %s is on no page", c.ID)
		}
	}
}

func TestViolationsTellOfContentsFetchedTwice(t *testing.T) {
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
		t.Errorf("%d requests for the content counted, want 3", got)
	}
}

func TestConfigurationsThatMakeNoSenseAreReported(t *testing.T) {
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
			t.Errorf("start says %v, want something on %s", err, want)
		}
		if n := len(tenant.Contents(base)); n != 0 {
			t.Errorf("%d contents in a tenant that could not be made", n)
		}
	}
}
