package tenant

import (
	"bytes"
	"encoding/json"
	"runtime"
	"testing"
	"time"
)

// labelTypes are the record types that Truth has.
var labelTypes = map[int]bool{
	typeMail: true, typeAutoSite: true, typeAutoPolicy: true, typeAutoMail: true, typePolicyMatch: true, typeNativeAction: true,
	typeNativeFile: true, typeDiscover: true, typeLabel: true, typeProtection: true, typeFileDeleted: true, typeHeartBeat: true,
}

// element is what the tests read of a record.
type element struct {
	Id           string
	RecordType   int
	CreationTime string
	Operation    string
	Workload     string
}

func TestEqualSeedsGiveEqualBytesInAnyOrder(t *testing.T) {
	one, _ := newTenant(t, small())
	two, later := newTenant(t, small())
	later.advance(48 * time.Hour)
	contents := one.Contents(base)
	for i := range contents {
		c := contents[len(contents)-1-i]
		a, _ := one.Body(c.ID)
		b, ok := two.Body(c.ID)
		if !ok || !bytes.Equal(a, b) {
			t.Fatalf("content %s differs between two tenants of one seed", c.ID)
		}
	}
	other := small()
	other.Seed++
	three, _ := newTenant(t, other)
	if three.Contents(base)[0].ID == contents[0].ID {
		t.Error("another seed gives the same contents")
	}
}

func TestBodiesHoldTheTruthAndNothingElseOfItsKind(t *testing.T) {
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
			if !labelTypes[e.RecordType] {
				noise++
				continue
			}
			labels++
			want, known := truth[e.Id]
			if !known || !bytes.Equal(raw, want.JSON) || e.RecordType != want.RecordType || e.CreationTime != want.CreationTime.Format(eventLayout) {
				t.Fatalf("content %s has %s, truth %s", c.ID, raw, want.JSON)
			}
			if seen[e.Id] == "" {
				seen[e.Id] = c.ID
			}
		}
	}
	for id, r := range truth {
		if seen[id] != r.ContentID {
			t.Errorf("record %s is first in content %q, truth says %q", id, seen[id], r.ContentID)
		}
	}
	if noise != 6000 {
		t.Errorf("%d records of noise, want as many as events", noise)
	}
	if duplicates := labels - len(truth); duplicates < 30 || duplicates > 60 {
		t.Errorf("%d duplicates of 6000, want about one of a hundred", duplicates)
	}
}

func elements(t *testing.T, body []byte) []json.RawMessage {
	t.Helper()
	var raw []json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		t.Fatalf("body is no array: %v", err)
	}
	return raw
}

func TestNineteenOfTwentyRecordsAreNoise(t *testing.T) {
	tenant, _ := newTenant(t, Config{Seed: 4, Events: 3000, Contents: 30})
	total, size, types := 0, 0, map[int]int{}
	for _, c := range tenant.Contents(base) {
		body, _ := tenant.Body(c.ID)
		for _, raw := range elements(t, body) {
			var e element
			if err := json.Unmarshal(raw, &e); err != nil {
				t.Fatal(err)
			}
			total++
			types[e.RecordType]++
			if !labelTypes[e.RecordType] {
				size += len(raw)
			}
		}
	}
	labels := 0
	for n := range labelTypes {
		labels += types[n]
	}
	if share := float64(total-labels) / float64(total); share < 0.9485 || share > 0.9505 {
		t.Errorf("%.4f of all records are noise", share)
	}
	if mean := size / (total - labels); mean < 700 || mean > 1300 {
		t.Errorf("noise has %d bytes a record", mean)
	}
	for _, n := range []int{63, 25, 6, 50, 2, 15, 8, 20, 117} {
		if types[n] == 0 {
			t.Errorf("there is no record of type %d: %v", n, types)
		}
	}
	if types[63]*2 < total {
		t.Errorf("endpoint DLP has %d of %d records, want most", types[63], total)
	}
}

func TestRecordsInsideAContentAreInNoOrder(t *testing.T) {
	tenant, _ := newTenant(t, small())
	sorted := 0
	for _, c := range tenant.Contents(base) {
		body, _ := tenant.Body(c.ID)
		last, ordered, labels := "", true, 0
		for _, raw := range elements(t, body) {
			var e element
			json.Unmarshal(raw, &e)
			if labelTypes[e.RecordType] {
				ordered = ordered && e.CreationTime >= last
				last = e.CreationTime
				labels++
			}
		}
		if ordered && labels > 6 {
			sorted++
		}
	}
	if sorted > 0 {
		t.Errorf("%d contents are in the order of their events", sorted)
	}
}

func TestPrintingIsPlain(t *testing.T) {
	tenant, _ := newTenant(t, small())
	var all []byte
	for _, c := range tenant.Contents(base) {
		body, _ := tenant.Body(c.ID)
		all = append(all, body...)
	}
	for _, text := range []string{`\u0026`, `\u003c`, `\u003e`, "\": ", "\n"} {
		if bytes.Contains(all, []byte(text)) {
			t.Errorf("bodies contain %q", text)
		}
	}
	for _, text := range []string{"&", "<", "見積書", "Łódź", `\"`, `\\\\nwt-fs0`, ", signed, "} {
		if !bytes.Contains(all, []byte(text)) {
			t.Errorf("bodies do not contain %q", text)
		}
	}
}

func TestAHugeTenantCostsNoMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	tenant, _ := newTenant(t, Config{Seed: 1, Events: 50_000_000, Contents: 500_000})
	c := tenant.content(tenant.item(tenant.streams[0], 250_000))
	if body, ok := tenant.Body(c.ID); !ok || len(body) < 1000 {
		t.Fatalf("content %s has %d bytes", c.ID, len(body))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 10<<20 {
		t.Errorf("a tenant of 50 million events takes %d bytes", grown)
	}
	runtime.KeepAlive(tenant)
}

func TestOtherContentTypesHaveTheirOwnEventsAndNoise(t *testing.T) {
	tenant, _ := newTenant(t, Config{Seed: 1, Events: 300, Contents: 10, Types: []string{General, Exchange, SharePoint, Entra, DLP}})
	types := map[string]map[int]int{}
	ids := map[string]bool{}
	for _, c := range tenant.Contents(base) {
		if types[c.Type] == nil {
			types[c.Type] = map[int]int{}
		}
		if ids[c.ID] {
			t.Errorf("content %s is in two content types", c.ID)
		}
		ids[c.ID] = true
		body, _ := tenant.Body(c.ID)
		for _, raw := range elements(t, body) {
			var e element
			if err := json.Unmarshal(raw, &e); err != nil {
				t.Fatal(err)
			}
			types[c.Type][e.RecordType]++
		}
	}
	for contentType, want := range map[string][]int{General: {93, 63}, Exchange: {43, 75, 50}, SharePoint: {71, 72, 6}, Entra: {15, 8}} {
		for _, n := range want {
			if types[contentType][n] == 0 {
				t.Errorf("%s has no record of type %d: %v", contentType, n, types[contentType])
			}
		}
	}
	if len(types[DLP]) > 0 {
		t.Errorf("DLP.All has records: %v", types[DLP])
	}
}

func BenchmarkBody(b *testing.B) {
	clk := &clock{now: base}
	t := New(Config{Seed: 1, Now: clk.Now})
	contents := t.Contents(base)
	size := 0
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		body, _ := t.Body(contents[i%len(contents)].ID)
		size += len(body)
	}
	b.SetBytes(int64(size / b.N))
}
