package tenant

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestAClientThatTriesAgainGetsEverythingUnderAllMoods(t *testing.T) {
	c := small()
	c.PageSize = 5
	c.Grace = time.Hour // the clock moves while the client waits for its subscription
	a := serve(t, c)
	a.start(General)
	a.SetFaults(AllFaults(4).Without(ForeignPage))
	got := map[string]bool{}
	for _, r := range a.listStubbornly() {
		if r.status == http.StatusOK {
			got[r.id] = true
		}
	}
	lost := map[string]bool{}
	for _, c := range a.Lost(base) {
		lost[c.ID] = true
	}
	for _, c := range a.Contents(base) {
		if got[c.ID] == lost[c.ID] {
			t.Errorf("content %s: had %t, lost %t", c.ID, got[c.ID], lost[c.ID])
		}
	}
	struck := 0
	for _, n := range a.faults.Load().Injected() {
		if n > 0 {
			struck++
		}
	}
	if struck < 20 {
		t.Errorf("%d moods struck: %v", struck, a.faults.Load().Injected())
	}
}

// fetched is what became of a content.
type fetched struct {
	id     string
	status int
}

// listStubbornly lists and fetches everything, each window and content until it
// is whole or refused for good.
func (a *api) listStubbornly() []fetched {
	var all []fetched
	for start := base.Add(-lookBack); start.Before(base); start = start.Add(24 * time.Hour) {
		for _, id := range a.listDay(start) {
			all = append(all, fetched{id, a.stubbornly("audit/" + id).status})
		}
	}
	return all
}

// listDay lists a day, from its first page again when a page went astray.
func (a *api) listDay(start time.Time) []string {
	first := listing(General, start, start.Add(24*time.Hour))
	for {
		seen, ids := map[string]bool{}, []string(nil)
		got := a.stubbornly(first)
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
			got = a.stubbornly(strings.SplitN(next, "/feed/", 2)[1])
		}
	}
}

// stubbornly repeats a request until its answer is an array or final.
func (a *api) stubbornly(path string) result {
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
