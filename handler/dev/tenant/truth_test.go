package tenant

import (
	"bytes"
	"encoding/json"
	"runtime"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/records"
)

// isLabelType has the record types of label events.
var isLabelType = map[int]bool{
	43: true, 71: true, 72: true, 75: true, 82: true, 83: true, 84: true, 93: true, 94: true, 95: true, 96: true, 97: true,
}

// element is the part of a record that tests of bodies read.
type element struct {
	Id           string
	RecordType   int
	CreationTime string
}

// elements splits a body.
func elements(t *testing.T, body []byte) []json.RawMessage {
	t.Helper()
	var raw []json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		t.Fatalf("body is not an array: %v", err)
	}
	return raw
}

func TestSeed(t *testing.T) {
	one, _ := newTenant(t, small())
	two, later := newTenant(t, small())
	later.advance(48 * time.Hour)
	contents := one.Contents(base)
	for i := range contents {
		c := contents[len(contents)-1-i]
		a, _ := one.Body(c.ID)
		b, ok := two.Body(c.ID)
		if !ok || !bytes.Equal(a, b) {
			t.Fatalf("content blob %s differs between two tenants with the same seed", c.ID)
		}
	}
	other := small()
	other.Seed++
	three, _ := newTenant(t, other)
	if three.Contents(base)[0].ID == contents[0].ID {
		t.Error("another seed gives the same content blobs")
	}
}

func TestTruth(t *testing.T) {
	tenant, _ := newTenant(t, Config{Seed: 2, Events: 6000, Contents: 80, NoiseShare: 0.5})
	truth := map[string]Record{}
	for r := range tenant.Truth(base) {
		if _, twice := truth[r.ID]; twice {
			t.Errorf("truth has %s twice", r.ID)
		}
		truth[r.ID] = r
	}
	if len(truth) != 6000 {
		t.Errorf("truth has %d records, want as many as configured", len(truth))
	}
	seen, labels, noise := map[string]string{}, 0, 0
	for _, c := range tenant.Contents(base) {
		body, _ := tenant.Body(c.ID)
		for _, raw := range elements(t, body) {
			var e element
			if err := json.Unmarshal(raw, &e); err != nil {
				t.Fatal(err)
			}
			if !isLabelType[e.RecordType] {
				noise++
				continue
			}
			labels++
			want, known := truth[e.Id]
			if !known || !bytes.Equal(raw, want.JSON) || e.RecordType != want.RecordType || e.CreationTime != want.CreationTime.Format(records.TimeLayout) {
				t.Fatalf("content blob %s has %s, truth has %s", c.ID, raw, want.JSON)
			}
			if seen[e.Id] == "" {
				seen[e.Id] = c.ID
			}
		}
	}
	for id, r := range truth {
		if seen[id] != r.ContentID {
			t.Errorf("record %s is first in content blob %q, truth says %q", id, seen[id], r.ContentID)
		}
	}
	if noise != 6000 {
		t.Errorf("%d records of noise, want as many as events", noise)
	}
	if duplicates := labels - len(truth); duplicates < 30 || duplicates > 60 {
		t.Errorf("%d duplicates of 6000, want about one of a hundred", duplicates)
	}
}

func TestHugeTenantMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	tenant, _ := newTenant(t, Config{Seed: 1, Events: 50_000_000, Contents: 500_000})
	c := tenant.content(tenant.item(tenant.streams[0], 250_000))
	if body, ok := tenant.Body(c.ID); !ok || len(body) < 1000 {
		t.Fatalf("content blob %s has %d bytes", c.ID, len(body))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 10<<20 {
		t.Errorf("a tenant of 50 million events uses %d bytes", grown)
	}
	runtime.KeepAlive(tenant)
}

func TestContentIDsAcrossTypes(t *testing.T) {
	tenant, _ := newTenant(t, Config{Seed: 1, Events: 300, Contents: 10, Types: []string{General, Exchange, SharePoint, Entra, DLP}})
	seen := map[string]bool{}
	for _, c := range tenant.Contents(base) {
		if seen[c.ID] {
			t.Errorf("content blob %s has two content types", c.ID)
		}
		seen[c.ID] = true
		if body, ok := tenant.Body(c.ID); !ok || !json.Valid(body) {
			t.Errorf("content blob %s of %s has no body, or an invalid one", c.ID, c.Type)
		}
	}
	if len(seen) < 50 {
		t.Errorf("%d content blobs, want 10 of each type", len(seen))
	}
}

func TestRepublished(t *testing.T) {
	tenant, _ := newTenant(t, small())
	tenant.SetFaults(NewFaults(6, Republished))
	contents := tenant.Contents(base)
	bodies := map[string]string{}
	again := 0
	for _, c := range contents {
		body, ok := tenant.Body(c.ID)
		if !ok {
			t.Fatalf("content blob %s has no body", c.ID)
		}
		if first, found := bodies[string(body)]; found {
			again++
			if first == c.ID {
				t.Errorf("content blob %s is listed twice", c.ID)
			}
		}
		bodies[string(body)] = c.ID
	}
	if again < 1 || len(contents) != 60+again {
		t.Errorf("%d of %d content blobs are republished", again, len(contents))
	}
}

func TestLate(t *testing.T) {
	tenant, _ := newTenant(t, small())
	tenant.SetFaults(NewFaults(6, Late))
	s := tenant.streams[0]
	late := 0
	for _, i := range tenant.items(s, base) {
		if i.fault != Late {
			continue
		}
		late++
		w := window{i.created.Add(-time.Minute), i.created.Add(time.Minute)}
		early, then := tenant.catalogue(s, w, i.available.Add(-1)), tenant.catalogue(s, w, i.available)
		if len(then) != len(early)+1 || !i.available.After(i.created.Add(19*time.Minute)) {
			t.Errorf("content blob created %s, available %s: %d listed before, %d then", i.created, i.available, len(early), len(then))
		}
	}
	if late == 0 {
		t.Error("precondition: no content blob is late")
	}
}

func TestObtainable(t *testing.T) {
	tenant, _ := newTenant(t, Config{Seed: 8, Events: 20_000, Contents: 120, NoiseShare: -1})
	tenant.SetFaults(NewFaults(6, contentFaults...))
	bad := map[string]bool{}
	for _, c := range append(tenant.Lost(base), tenant.Unreadable(base)...) {
		bad[c.ID] = true
	}
	want := map[string]string{} // what a complete client holds, from the bodies
	for _, c := range tenant.Contents(base) {
		if body, ok := tenant.Body(c.ID); ok && !bad[c.ID] {
			collect(t, body, c.ID, want)
		}
	}
	rescued := 0
	for r := range tenant.Obtainable(base) {
		from, held := want[r.ID]
		if !held || bad[r.ContentID] {
			t.Fatalf("record %s is not in %s", r.ID, r.ContentID)
		}
		if from != r.ContentID {
			rescued++
		}
		delete(want, r.ID)
	}
	if len(want) > 0 {
		t.Errorf("%d records can be fetched but are not in Obtainable", len(want))
	}
	all := 0
	for range tenant.Truth(base) {
		all++
	}
	if all <= 19_000 || rescued > 20 {
		t.Errorf("truth has %d records, %d have another first content blob", all, rescued)
	}
}

// collect adds the records of a body that into does not have yet.
func collect(t *testing.T, body []byte, id string, into map[string]string) {
	t.Helper()
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	body = bytes.Replace(body, []byte(","+records.Broken), nil, 1)
	for _, raw := range elements(t, body) {
		var e element
		if err := json.Unmarshal(raw, &e); err != nil {
			t.Fatal(err)
		}
		if into[e.Id] == "" {
			into[e.Id] = id
		}
	}
}
