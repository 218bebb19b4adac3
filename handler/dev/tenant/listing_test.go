package tenant

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestListAndFetchAll(t *testing.T) {
	a := serve(t, Config{Seed: 3, Events: 2000, Contents: 173, NoiseShare: 0.2, PageSize: 7})
	a.start(General).want(t, http.StatusOK, `{"contentType":"Audit.General","status":"enabled","webhook":null}`)
	rows := a.listAll(General)
	want := a.Contents(a.Now())
	if len(rows) != len(want) || len(rows) != 173 {
		t.Fatalf("%d rows listed, %d content blobs exist, 173 configured", len(rows), len(want))
	}
	for i, row := range rows {
		c := want[i]
		wantRow := row
		wantRow.ContentID, wantRow.ContentType = c.ID, c.Type
		wantRow.ContentCreated, wantRow.ContentExpiration = c.Created.Format(contentLayout), c.Expiration.Format(contentLayout)
		wantRow.ContentURI = a.URL() + "/api/v1.0/" + a.TenantID() + "/activity/feed/audit/" + c.ID
		if diff := cmp.Diff(wantRow, row); diff != "" {
			t.Fatal(diff)
		}
		body, _ := a.Body(c.ID)
		got := a.get("audit/" + row.ContentID)
		if got.status != http.StatusOK || got.body != string(body) {
			t.Fatalf("content blob %s: status %d, %d bytes, want %d", c.ID, got.status, len(got.body), len(body))
		}
	}
	if v := a.Violations(); len(v) > 0 {
		t.Errorf("violations are %q, want none", v)
	}
}

func TestListingWindow(t *testing.T) {
	a := serve(t, small())
	a.start(General)
	c := a.Contents(a.Now())[30]
	second := c.Created.Truncate(time.Second)
	tests := []struct {
		name       string
		start, end time.Time
		listed     bool
	}{
		{"starts at its creation", c.Created, c.Created.Add(time.Hour), true},
		{"ends at its creation", c.Created.Add(-time.Hour), c.Created, false},
		{"ends just after its creation", c.Created.Add(-time.Hour), c.Created.Add(time.Millisecond), true},
		{"covers its second", second, second.Add(time.Second), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := "subscriptions/content?contentType=Audit.General&startTime=" + url.QueryEscape(tt.start.Format(windowLayout)) + "&endTime=" + url.QueryEscape(tt.end.Format(windowLayout))
			want := "[]"
			if tt.listed {
				want = c.ID
			}
			a.get(path).want(t, http.StatusOK, want)
		})
	}
}

func TestListingErrors(t *testing.T) {
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
		{"invalid time", "contentType=Audit.General&startTime=yesterday" + until(0), "AF20002"},
		{"plus sign unescaped", "contentType=Audit.General" + at(-h) + "+00:00" + until(0) + "+00:00", "AF20002"},
		{"unknown page", "contentType=Audit.General" + at(-h) + until(0) + "&nextPage=2015101900R022885001761", "AF20031"},
		{"page beyond the end", "contentType=Audit.General" + at(-h) + until(0) + "&nextPage=" + pageToken(window{start: base.Add(-h)}, 999), "AF20031"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a.get("subscriptions/content?"+tt.query).want(t, 400, `"`+tt.want+`"`)
		})
	}
	for _, breach := range []string{"window of 24h0m1s", "window of -1h0m0s", "more than 7 days back"} {
		if !strings.Contains(strings.Join(a.Violations(), "\n"), breach) {
			t.Errorf("violations %q lack %q", a.Violations(), breach)
		}
	}
}

func TestListingTimeLayouts(t *testing.T) {
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
		t.Errorf("listing without times is %q, want the last day", got)
	}
}

func TestListingGrace(t *testing.T) {
	c := small()
	c.Grace = time.Hour
	a := serve(t, c)
	a.start(General)
	a.get(listing(General, base.Add(-lookBack-time.Hour), base.Add(-lookBack+time.Hour))).want(t, 200, "[")
	a.get(listing(General, base.Add(-lookBack-time.Hour-time.Second), base.Add(-lookBack))).want(t, 400, "AF20055")
}

func TestListingWarmup(t *testing.T) {
	c := small()
	c.Warmup = 2 * time.Minute
	a := serve(t, c)
	a.start(General)
	a.get(listing(General, base.Add(-20*time.Hour), base)).want(t, 200, "[]")
	a.advance(2 * time.Minute)
	a.get(listing(General, base.Add(-20*time.Hour), base)).want(t, 200, "contentId")
}

func TestListingGrowsWhilePaging(t *testing.T) {
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
		t.Errorf("%d content blobs listed, %d of them distinct", len(seen), len(compact))
	}
	for _, c := range a.Contents(base)[before-5:] {
		if !slices.Contains(seen, c.ID) {
			t.Errorf("content blob %s is not on any page", c.ID)
		}
	}
}
