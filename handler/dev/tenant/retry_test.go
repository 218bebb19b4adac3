package tenant

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// A client that retries gets every content blob that is not lost, whatever the
// faults.
func TestRetryingClient(t *testing.T) {
	c := small()
	c.PageSize = 5
	c.Grace = time.Hour // the clock moves while the client waits for its subscription
	a := serve(t, c)
	a.start(General)
	a.SetFaults(AllFaults(4).Without(ForeignPage))
	got := map[string]bool{}
	for _, f := range a.fetchAll() {
		if f.status == http.StatusOK {
			got[f.id] = true
		}
	}
	lost := map[string]bool{}
	for _, c := range a.Lost(base) {
		lost[c.ID] = true
	}
	for _, c := range a.Contents(base) {
		if got[c.ID] == lost[c.ID] {
			t.Errorf("content blob %s: fetched %t, lost %t", c.ID, got[c.ID], lost[c.ID])
		}
	}
	injected := 0
	for _, n := range a.faults.Load().Injected() {
		if n > 0 {
			injected++
		}
	}
	if injected < 20 {
		t.Errorf("%d fault modes injected: %v", injected, a.faults.Load().Injected())
	}
}

// fetched is the final status of a content blob.
type fetched struct {
	id     string
	status int
}

// fetchAll lists and fetches everything, and retries each request until it
// succeeds or fails for good.
func (a *api) fetchAll() []fetched {
	var all []fetched
	for start := base.Add(-lookBack); start.Before(base); start = start.Add(24 * time.Hour) {
		for _, id := range a.listDay(start) {
			all = append(all, fetched{id, a.retry("audit/" + id).status})
		}
	}
	return all
}

// listDay lists a day. It starts again at the first page if a next page is
// wrong.
func (a *api) listDay(start time.Time) []string {
	first := listing(General, start, start.Add(24*time.Hour))
	for {
		seen, ids := map[string]bool{}, []string(nil)
		got := a.retry(first)
		for !seen[got.header.Get("NextPageUri")] {
			var page []row
			if json.Unmarshal([]byte(got.body), &page) != nil {
				break
			}
			for _, r := range page {
				ids = append(ids, r.ContentID)
			}
			next := got.header.Get("NextPageUri")
			if next == "" {
				return ids
			}
			seen[next] = true
			got = a.retry(strings.SplitN(next, "/feed/", 2)[1])
		}
	}
}

// retry repeats a request until the response is an array or a permanent error.
func (a *api) retry(path string) result {
	for {
		got := a.get(path)
		switch {
		case got.status == http.StatusUnauthorized:
			a.login()
		case strings.Contains(got.body, "AF20023"):
			a.advance(cooldown)
			a.start(General)
		case got.status == http.StatusNotFound, strings.Contains(got.body, "AF2005"), strings.Contains(got.body, "AF20031"):
			return got
		case got.err == nil && got.status == http.StatusOK && (strings.HasSuffix(got.body, "]") || strings.HasPrefix(got.body, `{"value"`)):
			return got
		}
	}
}
