package tenant

import (
	"regexp"
	"testing"
	"time"
)

func TestHistory(t *testing.T) {
	tenant, _ := newTenant(t, Config{Seed: 5})
	contents := tenant.Contents(base)
	if len(contents) != 200 {
		t.Fatalf("%d content blobs in the history, want 200", len(contents))
	}
	if first := base.Sub(contents[0].Created); first > lookBack-2*time.Hour || first < lookBack-8*time.Hour {
		t.Errorf("the first content blob is %s old", first)
	}
	equal := map[time.Time]int{}
	for i, c := range contents {
		equal[c.Created]++
		if i > 0 && c.Created.Before(contents[i-1].Created) {
			t.Errorf("content blob %d is created before its predecessor", i)
		}
		if c.Expiration.Sub(c.Created) != lookBack || !c.Created.Equal(c.Created.Truncate(time.Millisecond)) {
			t.Errorf("content blob %d is created %s and expires %s", i, c.Created, c.Expiration)
		}
	}
	groups := map[int]int{}
	for _, n := range equal {
		groups[n]++
	}
	if groups[4] != 4 || groups[2] != 4 || groups[1] != 176 {
		t.Errorf("number of groups with equal contentCreated, by size: %v", groups)
	}
}

func TestLiveRate(t *testing.T) {
	tenant, _ := newTenant(t, Config{Seed: 5})
	history, later := tenant.Contents(base), tenant.Contents(base.Add(7*24*time.Hour))
	if more := len(later) - len(history); more < 200 || more > 205 {
		t.Errorf("%d content blobs appear in the week after the base time", more)
	}
	for i := range history {
		if later[i] != history[i] {
			t.Fatalf("content blob %d is %v, and was %v", i, later[i], history[i])
		}
	}
}

var idShape = regexp.MustCompile(`^(\d{23})\$(\d{23})\$audit_general\$Audit_General(\$[a-z0-9]+)*$`)

func TestContentIDs(t *testing.T) {
	tenant, _ := newTenant(t, Config{Seed: 5, Contents: 3000})
	seen := map[string]bool{}
	s := tenant.streams[0]
	for k := range 3500 {
		i := tenant.item(s, k)
		id := i.contentID()
		parts := idShape.FindStringSubmatch(id)
		if parts == nil || parts[1] != parts[2] || seen[id] {
			t.Fatalf("id %q is malformed or occurs twice", id)
		}
		seen[id] = true
		if found, ok := tenant.find(id); !ok || found.k != k {
			t.Fatalf("id %q of content blob %d finds %d, %t", id, k, found.k, ok)
		}
	}
	for _, id := range []string{"", "x", "20261313171050016000983$20261313171050016000983$audit_general$Audit_General", "99991113171050016000983$$$"} {
		if _, ok := tenant.find(id); ok {
			t.Errorf("id %q is found", id)
		}
	}
}

func TestLiveStep(t *testing.T) {
	a, clock := newTenant(t, Config{Events: 2000, Contents: 50, LiveStep: 20 * time.Second})
	before := len(a.Contents(clock.Now()))
	until := clock.Now().Add(time.Hour)
	after := a.Contents(until)
	if got := len(after) - before; got < 170 || got > 185 {
		t.Errorf("%d content blobs in an hour, want about 180", got)
	}
	for _, c := range after {
		if _, found := a.find(c.ID); !found {
			t.Errorf("content blob %s is listed but not found", c.ID)
		}
	}
}
