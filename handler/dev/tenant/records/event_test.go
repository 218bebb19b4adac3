package records

import (
	"encoding/json"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"
)

// fullRecord is the part of a record that tests of events read.
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

func decodeFull(t *testing.T, r Record) fullRecord {
	t.Helper()
	var f fullRecord
	if err := json.Unmarshal(r.JSON, &f); err != nil {
		t.Fatalf("%s: %v", r.JSON, err)
	}
	return f
}

func TestEvents(t *testing.T) {
	var week []fullRecord
	for _, r := range newStreamFor(t, events(1, 20_000, 200)).history() {
		week = append(week, decodeFull(t, r))
	}
	t.Run("every record type has its share", func(t *testing.T) { checkShares(t, week) })
	t.Run("label changes are consistent", func(t *testing.T) { checkLabels(t, week) })
	t.Run("actors are people or the scanner", func(t *testing.T) { checkActors(t, week) })
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
	for _, l := range labels {
		priority[l.id] = l.priority
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

func TestEventOrder(t *testing.T) {
	for _, c := range []Config{events(1, 20_000, 200), events(1, 300, 20), events(1, 300_000, 200)} {
		s := newStreamFor(t, c)
		last := map[uint64]event{}
		for k := range min(40, s.contents) {
			for _, ref := range s.Events(k) {
				e := s.event(ref)
				before, seen := last[e.seed]
				if seen && (!e.time.After(before.time) || e.step != before.step+1 || e.before != before.after || e.file != before.file) {
					t.Fatalf("step %d of a life at %s follows step %d at %s", e.step, e.time, before.step, before.time)
				}
				last[e.seed] = e
			}
		}
	}
}

func TestEventDelay(t *testing.T) {
	s := newStreamFor(t, events(1, 20_000, 200))
	var soon, late, total int
	for ref, r := range s.history() {
		total++
		switch delay := s.Created(ref.Content).Sub(r.CreationTime); {
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
				t.Errorf("heartbeat %s has attributes of a file", r.Id)
			}
		}
		isScanner := strings.HasPrefix(r.UserId, "svc.aipscanner@")
		if isScanner != (r.UserType == 5) || isScanner && r.Common.ProcessName != "MSIP.Scanner" || isScanner && !strings.HasPrefix(r.ObjectId, `\\nwt-fs`) {
			t.Errorf("record %s of %s has user type %d and process %s", r.Id, r.UserId, r.UserType, r.Common.ProcessName)
		}
		if isScanner {
			scanner++
		}
		if r.OrganizationId != tenantID {
			t.Errorf("record %s has organization %s", r.Id, r.OrganizationId)
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

func TestQuirks(t *testing.T) {
	quirks := map[string]int{
		`"Platform":"1"`: 0, `"Data State":`: 0, `.onmicrosoft.com","UserId":`: 0, `"ClientIP":" `: 0, `Scanners"`: 0, `"Operation":"Heartbeat"`: 0,
	}
	bare, ports := 0, 0
	for _, r := range newStreamFor(t, events(1, 20_000, 200)).history() {
		text := string(r.JSON)
		for q := range quirks {
			quirks[q] += strings.Count(text, q)
		}
		if !strings.Contains(text, `"Workload":`) {
			bare++
		}
		if _, err := netip.ParseAddrPort(decodeFull(t, r).ClientIP); err == nil {
			ports++
		}
	}
	quirks["bare"], quirks["port"] = bare, ports
	for q, n := range quirks {
		if n == 0 || n > 100 {
			t.Errorf("%s occurs %d times in 20,000 records", q, n)
		}
	}
}

func TestPeople(t *testing.T) {
	guid := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	people := newStreamFor(t, small()).people
	seen := map[string]bool{}
	for _, p := range people {
		for _, d := range p.devices {
			if seen[d.name] {
				t.Errorf("device %s belongs to two people", d.name)
			}
			seen[d.name] = true
		}
		if seen[p.upn] || seen[p.key] || !guid.MatchString(p.key) || strings.ContainsFunc(p.upn, func(r rune) bool { return r > 127 || r == '\'' || r == ' ' }) {
			t.Errorf("%s is not a valid address, or belongs to two people", p.upn)
		}
		seen[p.upn], seen[p.key] = true, true
	}
	if len(people) != 200 {
		t.Errorf("%d people, want 200", len(people))
	}
}
