package tenant

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestListingHasEveryContentAndEveryBodyIsServed(t *testing.T) {
	a := serve(t, Config{Seed: 3, Events: 2000, Contents: 173, NoiseShare: 0.2, PageSize: 7})
	a.start(General).want(t, http.StatusOK, `{"contentType":"Audit.General","status":"enabled","webhook":null}`)
	rows := a.listAll(General)
	want := a.Contents(a.Now())
	if len(rows) != len(want) || len(rows) != 173 {
		t.Fatalf("%d rows listed, %d contents exist, 173 configured", len(rows), len(want))
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
			t.Fatalf("content %s: status %d, %d bytes, want %d", c.ID, got.status, len(got.body), len(body))
		}
	}
	if v := a.Violations(); len(v) > 0 {
		t.Errorf("violations of a client that has made none: %q", v)
	}
}

func TestWindowIsHalfOpenOnContentCreated(t *testing.T) {
	a := serve(t, small())
	a.start(General)
	c := a.Contents(a.Now())[30]
	second := c.Created.Truncate(time.Second)
	tests := []struct {
		name       string
		start, end time.Time
		listed     bool
	}{
		{"starts at it", c.Created, c.Created.Add(time.Hour), true},
		{"ends at it", c.Created.Add(-time.Hour), c.Created, false},
		{"ends just after it", c.Created.Add(-time.Hour), c.Created.Add(time.Millisecond), true},
		{"holds its second", second, second.Add(time.Second), true},
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
