package tenant

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// fullRecord is what the tests read of an event.
type fullRecord struct {
	Id, Operation, UserId, UserKey, ObjectId, ClientIP, OrganizationId string
	RecordType, UserType                                               int
	CreationTime                                                       string
	DataState                                                          string
	ResultStatus                                                       string
	Common                                                             *struct{ ApplicationName, ProcessName, DeviceName, Location, ProductVersion string }
	SensitivityLabelEventData                                          *struct {
		SensitivityLabelId, OldSensitivityLabelId, JustificationText string
		LabelEventType, ActionSource                                 *int
	}
	ProtectionEventData *struct {
		ProtectionType, TemplateId, ProtectionOwner string
		IsProtected                                 *bool
	}
}

// records returns the truth of a tenant, decoded.
func records(t *testing.T, c Config) []fullRecord {
	t.Helper()
	tenant, _ := newTenant(t, c)
	var all []fullRecord
	for r := range tenant.Truth(base) {
		var f fullRecord
		if err := json.Unmarshal(r.JSON, &f); err != nil {
			t.Fatalf("%s: %v", r.JSON, err)
		}
		all = append(all, f)
	}
	return all
}

func TestAWeekOfEvents(t *testing.T) {
	week := records(t, Config{Seed: 1})
	t.Run("every record type has its share", func(t *testing.T) { checkShares(t, week) })
	t.Run("label records say what they must", func(t *testing.T) { checkLabels(t, week) })
	t.Run("people and the scanner act as themselves", func(t *testing.T) { checkActors(t, week) })
}

func checkShares(t *testing.T, week []fullRecord) {
	counts := map[int]int{}
	for _, r := range week {
		counts[r.RecordType]++
	}
	want := map[int][2]int{ // of 20,000
		typeDiscover: {6000, 9000}, typeLabel: {5000, 7500}, typeProtection: {400, 1000}, typeFileDeleted: {300, 800}, typeHeartBeat: {1200, 1800},
		typeMail: {300, 700}, typeAutoSite: {100, 300}, typeAutoPolicy: {100, 300}, typeAutoMail: {100, 300}, typePolicyMatch: {100, 300},
		typeNativeAction: {800, 1500}, typeNativeFile: {700, 1300},
	}
	for n, limits := range want {
		if counts[n] < limits[0] || counts[n] > limits[1] {
			t.Errorf("%d records of type %d, want %v", counts[n], n, limits)
		}
	}
}

func checkLabels(t *testing.T, week []fullRecord) {
	priority := map[string]int{}
	for _, l := range Labels() {
		priority[l.ID] = l.Priority
	}
	justified, long := 0, 0
	for _, r := range week {
		if r.RecordType != typeLabel {
			continue
		}
		d := r.SensitivityLabelEventData
		if d == nil || d.LabelEventType == nil || d.ActionSource == nil {
			t.Fatalf("record %s has no event data", r.Id)
		}
		up := priority[d.SensitivityLabelId] > priority[d.OldSensitivityLabelId]
		known := d.SensitivityLabelId != "" && d.OldSensitivityLabelId != ""
		switch {
		case *d.LabelEventType == 1 && (!up || !known || r.Operation != "SensitivityLabelUpdated"),
			*d.LabelEventType == 2 && (up || !known || d.JustificationText == ""),
			*d.LabelEventType == 3 && (d.SensitivityLabelId != "" || d.OldSensitivityLabelId == "" || d.JustificationText == "" || r.Operation != "SensitivityLabelRemoved"),
			*d.LabelEventType == 4 && r.Operation == "SensitivityLabelApplied" && d.OldSensitivityLabelId != "",
			*d.LabelEventType != 2 && *d.LabelEventType != 3 && d.JustificationText != "":
			t.Errorf("record %s contradicts itself: %+v", r.Id, *d)
		}
		if d.JustificationText != "" {
			justified++
			long += len(d.JustificationText) / 500
		}
	}
	if justified < 500 || long < 20 {
		t.Errorf("%d justifications, %d long", justified, long)
	}
}

func TestEventsOfAFileAreInOrder(t *testing.T) {
	for _, c := range []Config{{Seed: 1}, {Seed: 1, Events: 300, Contents: 20}, {Seed: 1, Events: 300_000, Contents: 200}} {
		tenant, _ := newTenant(t, c)
		s := tenant.streams[0]
		last := map[uint64]event{}
		for k := range min(40, s.contents) {
			for n := s.eventsBefore(k); n < s.eventsBefore(k+1); n++ {
				e := s.event(n, k)
				before, seen := last[e.seed]
				if seen && (!e.time.After(before.time) || e.step != before.step+1 || e.before != before.after || e.file != before.file) {
					t.Fatalf("step %d of a life at %s follows step %d at %s", e.step, e.time, before.step, before.time)
				}
				last[e.seed] = e
			}
		}
	}
}

func TestEventsArriveLateButNeverEarly(t *testing.T) {
	tenant, _ := newTenant(t, Config{Seed: 1})
	created := map[string]time.Time{}
	for _, c := range tenant.Contents(base) {
		created[c.ID] = c.Created
	}
	var soon, late, total int
	for r := range tenant.Truth(base) {
		total++
		switch delay := created[r.ContentID].Sub(r.CreationTime); {
		case delay < 5*time.Minute || delay > 74*time.Hour:
			t.Errorf("record %s arrives %s after the event", r.ID, delay)
		case delay <= 90*time.Minute:
			soon++
		case delay > 6*time.Hour:
			late++
		}
	}
	if soon*100 < total*85 {
		t.Errorf("%d of %d events arrive within 90 minutes", soon, total)
	}
	if late*1000 < total*10 || late*1000 > total*30 {
		t.Errorf("%d of %d events arrive after hours, want about 2 %%", late, total)
	}
}

func checkActors(t *testing.T, week []fullRecord) {
	users, heartbeats, scanner := map[string]bool{}, map[string]int{}, 0
	for _, r := range week {
		users[r.UserId] = true
		if r.RecordType == typeHeartBeat {
			heartbeats[r.UserId]++
			if r.ObjectId != "" || r.Common.Location != "" || r.DataState != "" {
				t.Errorf("heartbeat %s has more than it should", r.Id)
			}
		}
		isScanner := strings.HasPrefix(r.UserId, "svc.aipscanner@")
		if isScanner != (r.UserType == 5) || isScanner && r.Common.ProcessName != "MSIP.Scanner" || isScanner && !strings.HasPrefix(r.ObjectId, `\\nwt-fs`) {
			t.Errorf("record %s of %s has user type %d and process %s", r.Id, r.UserId, r.UserType, r.Common.ProcessName)
		}
		if isScanner {
			scanner++
		}
		if r.OrganizationId != DefaultTenantID {
			t.Errorf("record %s is of organisation %s", r.Id, r.OrganizationId)
		}
	}
	if len(users) != 201 || len(heartbeats) != 200 || scanner < 1500 {
		t.Errorf("%d users, %d with heartbeats, %d events of the scanner", len(users), len(heartbeats), scanner)
	}
	for user, n := range heartbeats {
		if n < 6 || n > 9 {
			t.Errorf("%s has %d heartbeats in a week", user, n)
		}
	}
}

func TestOdditiesOccurAndStayRare(t *testing.T) {
	tenant, _ := newTenant(t, Config{Seed: 1})
	oddities := map[string]int{
		`"Platform":"1"`: 0, `"Data State":`: 0, `.onmicrosoft.com","UserId":`: 0, `"ClientIP":" `: 0, `Scanners"`: 0, `"Operation":"Heartbeat"`: 0,
	}
	bare, ports := 0, 0
	for r := range tenant.Truth(base) {
		text := string(r.JSON)
		for odd := range oddities {
			oddities[odd] += strings.Count(text, odd)
		}
		if !strings.Contains(text, `"Workload":`) {
			bare++
		}
		var f fullRecord
		if err := json.Unmarshal(r.JSON, &f); err != nil {
			t.Fatal(err)
		}
		if _, err := netip.ParseAddrPort(f.ClientIP); err == nil {
			ports++
		}
	}
	oddities["bare"], oddities["port"] = bare, ports
	for odd, n := range oddities {
		if n == 0 || n > 100 {
			t.Errorf("%s occurs %d times in 20,000 records", odd, n)
		}
	}
}

func TestPeopleAreAllDifferent(t *testing.T) {
	tenant, _ := newTenant(t, small())
	people := tenant.streams[0].people
	seen := map[string]bool{}
	for _, p := range people {
		for _, d := range p.devices {
			if seen[d.name] {
				t.Errorf("device %s belongs to two", d.name)
			}
			seen[d.name] = true
		}
		if seen[p.upn] || seen[p.key] || !isGUID(p.key) || strings.ContainsFunc(p.upn, func(r rune) bool { return r > 127 || r == '\'' || r == ' ' }) {
			t.Errorf("%s is not fit for an address, or belongs to two", p.upn)
		}
		seen[p.upn], seen[p.key] = true, true
	}
	if len(people) != 200 {
		t.Errorf("%d people, want 200", len(people))
	}
}
