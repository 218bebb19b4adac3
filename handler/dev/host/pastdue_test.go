package host

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func statusOf(last, next, updated string) *scheduleStatus {
	var s scheduleStatus
	for target, text := range map[*netTime]string{&s.Last: last, &s.Next: next, &s.LastUpdated: updated} {
		if text != "" {
			*target = netOf(at(text))
		}
	}
	return &s
}

func TestPastDue(t *testing.T) {
	const now = "2026-11-21T10:02:03Z"
	tests := []struct {
		name    string
		stored  *scheduleStatus
		want    *scheduleStatus
		changed bool
		pastDue bool
	}{
		{"no status: the next occurrence is stored",
			nil, statusOf("", "2026-11-21T10:05:00Z", now), true, false},
		{"the next occurrence is to come",
			statusOf("2026-11-21T10:00:00Z", "2026-11-21T10:05:00Z", "2026-11-21T10:00:00Z"),
			statusOf("2026-11-21T10:00:00Z", "2026-11-21T10:05:00Z", "2026-11-21T10:00:00Z"), false, false},
		{"an occurrence was missed",
			statusOf("2026-11-21T09:00:00Z", "2026-11-21T09:05:00Z", "2026-11-21T09:00:00Z"),
			statusOf("2026-11-21T09:00:00Z", "2026-11-21T09:05:00Z", "2026-11-21T09:00:00Z"), false, true},
		{"one was missed by a timer that never ran",
			statusOf("", "2026-11-21T09:05:00Z", "2026-11-21T09:01:00Z"),
			statusOf("", "2026-11-21T09:05:00Z", "2026-11-21T09:01:00Z"), false, true},
		{"the schedule has changed: not past due",
			statusOf("2026-11-21T09:00:00Z", "2026-11-21T09:30:00Z", "2026-11-21T09:00:00Z"),
			statusOf("", "2026-11-21T10:05:00Z", now), true, false},
		{"the schedule has changed and its occurrence is to come",
			statusOf("2026-11-21T10:01:00Z", "2026-11-22T00:00:00Z", "2026-11-21T10:01:00Z"),
			statusOf("", "2026-11-21T10:05:00Z", "2026-11-21T10:01:00Z"), true, false},
	}
	s, err := parseSchedule("0 */5 * * * *")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, changed, pastDue := checkPastDue(at(now), s, test.stored)
			if diff := cmp.Diff(*test.want, status); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
			if changed != test.changed || pastDue != test.pastDue {
				t.Errorf("changed %v, past due %v; want %v, %v", changed, pastDue, test.changed, test.pastDue)
			}
		})
	}
}

func TestStatusIsWrittenAsDotNetWritesIt(t *testing.T) {
	status := scheduleStatus{Next: netOf(at("2026-11-21T12:05:00+02:00")), LastUpdated: netOf(at("2026-11-21T10:00:00Z").Add(1_200_099))}
	const want = `{"Last":"0001-01-01T00:00:00","Next":"2026-11-21T10:05:00+00:00","LastUpdated":"2026-11-21T10:00:00.0012+00:00"}`
	text := marshal(status)
	if text != want {
		t.Errorf("written as %s, want %s", text, want)
	}
	if diff := cmp.Diff(status, decode[scheduleStatus](t, text)); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestMonitorKeepsAStatusAcrossHosts(t *testing.T) {
	dir := t.TempDir() + "/timers"
	status := *statusOf("2026-11-21T10:00:00Z", "2026-11-21T10:05:00Z", "2026-11-21T10:00:00Z")
	if err := (&monitor{dir: dir}).put("pull", status); err != nil {
		t.Fatal(err)
	}
	again := &monitor{dir: dir}
	got, err := again.get("pull")
	if err != nil || got == nil {
		t.Fatal(got, err)
	}
	if diff := cmp.Diff(status, *got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if other, err := again.get("other"); other != nil || err != nil {
		t.Errorf("a timer without a status has %v, %v", other, err)
	}
}

func TestMonitorNamesAFileItCannotRead(t *testing.T) {
	m := &monitor{dir: t.TempDir()}
	writeFile(t, m.path("pull"), `{"Last":"yesterday"}`)
	if _, err := m.get("pull"); err == nil {
		t.Error("no error")
	}
}

func TestRealClockWaits(t *testing.T) {
	now := func() time.Time { return at("2026-11-21T10:00:00Z") }
	if err := waitUntil(now)(t.Context(), now().Add(-time.Hour)); err != nil {
		t.Error(err)
	}
}
