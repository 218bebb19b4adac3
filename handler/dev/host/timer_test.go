package host

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// startTimed starts a host whose timers wait for a clock that the test moves.
func startTimed(t *testing.T, clock *fakeClock, functions map[string]string, cfg Config) (*Host, *output) {
	t.Helper()
	out := newOutput()
	cfg.Root, cfg.Output, cfg.Now, cfg.Wait = stage(t, `{}`, functions), out, clock.Now, clock.Wait
	return start(t, cfg), out
}

// timerRuns returns the timer infos that the echo function has received, in order.
func timerRuns(t *testing.T, out *output) []timerInfo {
	t.Helper()
	type data struct {
		Data struct{ Timer timerInfo }
	}
	var runs []timerInfo
	text, _ := out.text()
	for line := range strings.Lines(text) {
		if _, logged, ok := strings.Cut(line, ": {"); ok {
			runs = append(runs, decode[data](t, decode[received](t, "{"+logged).Body).Data.Timer)
		}
	}
	return runs
}

func TestTimer(t *testing.T) {
	t.Parallel()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	_, out := startTimed(t, clock, map[string]string{"echo": timerJSON}, Config{})
	for _, step := range []struct{ next, now string }{
		{"2026-11-21T10:05:00Z", "2026-11-21T10:05:00Z"},
		{"2026-11-21T10:10:00Z", "2026-11-21T10:27:10Z"}, // late: one run makes up for all missed occurrences
		{"2026-11-21T10:30:00Z", "2026-11-21T10:30:00Z"},
	} {
		if next := clock.awaitWait(t); next != step.next {
			t.Fatalf("the timer waits for %s, want %s", next, step.next)
		}
		clock.set(step.now)
	}
	clock.awaitWait(t)
	cron := timerSchedule{AdjustForDST: true}
	want := []timerInfo{
		{cron, statusOf("", "2026-11-21T10:05:00Z", ""), false},
		{cron, statusOf("2026-11-21T10:05:00Z", "2026-11-21T10:10:00Z", "2026-11-21T10:05:00Z"), false},
		{cron, statusOf("2026-11-21T10:27:10Z", "2026-11-21T10:30:00Z", "2026-11-21T10:27:10Z"), false},
	}
	if diff := cmp.Diff(want, timerRuns(t, out)); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
}

func TestTimerMissedOccurrence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	first, _ := startTimed(t, clock, map[string]string{"echo": timerJSON}, Config{Monitor: dir})
	clock.awaitWait(t)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	clock.set("2026-11-21T11:31:00Z")
	_, out := startTimed(t, clock, map[string]string{"echo": timerJSON}, Config{Monitor: dir})
	if next := clock.awaitWait(t); next != "2026-11-21T11:35:00Z" {
		t.Errorf("then the timer waits for %s", next)
	}
	want := []timerInfo{{timerSchedule{AdjustForDST: true}, statusOf("", "2026-11-21T10:05:00Z", "2026-11-21T10:02:03Z"), true}}
	if diff := cmp.Diff(want, timerRuns(t, out)); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	status, err := os.ReadFile((&monitor{dir: dir}).path("echo"))
	if err != nil {
		t.Fatal(err)
	}
	const stored = `{"Last":"2026-11-21T11:31:00+00:00","Next":"2026-11-21T11:35:00+00:00","LastUpdated":"2026-11-21T11:31:00+00:00"}`
	if string(status) != stored {
		t.Errorf("stored %s, want %s", status, stored)
	}
}

func TestTimerSubMinute(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	_, out := startTimed(t, clock, map[string]string{"echo": strings.Replace(timerJSON, "0 */5", "*/10 *", 1)}, Config{Monitor: dir})
	clock.awaitWait(t)
	clock.set("2026-11-21T10:02:10Z")
	if next := clock.awaitWait(t); next != "2026-11-21T10:02:20Z" {
		t.Errorf("then the timer waits for %s", next)
	}
	if diff := cmp.Diff([]timerInfo{{Schedule: timerSchedule{AdjustForDST: true}}}, timerRuns(t, out)); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("files %v, %v", files, err)
	}
}

func TestTimerTimeSpan(t *testing.T) {
	t.Parallel()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	_, out := startTimed(t, clock, map[string]string{"echo": strings.Replace(timerJSON, "0 */5 * * * *", "00:05:00", 1)}, Config{})
	for _, step := range []string{"2026-11-21T10:07:03Z", "2026-11-21T10:12:04Z"} {
		if next := clock.awaitWait(t); next != step {
			t.Fatalf("the timer waits for %s, want %s", next, step)
		}
		clock.set("2026-11-21T10:07:04Z")
	}
	if runs := timerRuns(t, out); len(runs) != 1 || runs[0].Schedule.AdjustForDST {
		t.Errorf("runs %+v", runs)
	}
}

func TestTimerRunOnStartup(t *testing.T) {
	t.Parallel()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	_, out := startTimed(t, clock, map[string]string{"echo": strings.Replace(timerJSON, `"schedule"`, `"runOnStartup":true,"schedule"`, 1)}, Config{})
	if next := clock.awaitWait(t); next != "2026-11-21T10:05:00Z" {
		t.Errorf("then the timer waits for %s", next)
	}
	if runs := timerRuns(t, out); len(runs) != 1 || runs[0].IsPastDue {
		t.Errorf("runs %+v", runs)
	}
}

func TestTimerFailure(t *testing.T) {
	t.Parallel()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	h, _ := startTimed(t, clock, map[string]string{"respond": timerJSON}, Config{Env: map[string]string{"TEST_STATUS": "500"}})
	for _, now := range []string{"2026-11-21T10:05:00Z", "2026-11-21T10:10:00Z"} {
		if next := clock.awaitWait(t); next != now {
			t.Fatalf("the timer waits for %s, want %s", next, now)
		}
		clock.set(now)
	}
	clock.awaitWait(t)
	status, err := h.monitor.get("respond")
	if err != nil || !status.Last.Equal(at("2026-11-21T10:10:00Z")) {
		t.Errorf("status %+v, %v", status, err)
	}
}

func TestTimerDisabled(t *testing.T) {
	t.Parallel()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	h, out := startTimed(t, clock, map[string]string{"echo": `{"disabled":true,` + timerJSON[1:]}, Config{})
	logged(t, invoke(t, h, "echo")) // still runs on request
	select {
	case until := <-clock.waiting:
		t.Errorf("the timer waits for %s", until)
	default:
	}
	if runs := timerRuns(t, out); len(runs) != 1 {
		t.Errorf("runs %+v", runs)
	}
}

// statusOf builds a status from times in RFC 3339; "" is the zero time.
func statusOf(last, next, updated string) *scheduleStatus {
	var s scheduleStatus
	for target, text := range map[*netTime]string{&s.Last: last, &s.Next: next, &s.LastUpdated: updated} {
		if text != "" {
			*target = netOf(at(text))
		}
	}
	return &s
}

func TestCheckPastDue(t *testing.T) {
	const now = "2026-11-21T10:02:03Z"
	tests := []struct {
		name    string
		stored  *scheduleStatus
		want    *scheduleStatus
		changed bool
		pastDue bool
	}{
		{"no status",
			nil, statusOf("", "2026-11-21T10:05:00Z", now), true, false},
		{"not due yet",
			statusOf("2026-11-21T10:00:00Z", "2026-11-21T10:05:00Z", "2026-11-21T10:00:00Z"),
			statusOf("2026-11-21T10:00:00Z", "2026-11-21T10:05:00Z", "2026-11-21T10:00:00Z"), false, false},
		{"missed",
			statusOf("2026-11-21T09:00:00Z", "2026-11-21T09:05:00Z", "2026-11-21T09:00:00Z"),
			statusOf("2026-11-21T09:00:00Z", "2026-11-21T09:05:00Z", "2026-11-21T09:00:00Z"), false, true},
		{"missed, never ran",
			statusOf("", "2026-11-21T09:05:00Z", "2026-11-21T09:01:00Z"),
			statusOf("", "2026-11-21T09:05:00Z", "2026-11-21T09:01:00Z"), false, true},
		{"schedule changed",
			statusOf("2026-11-21T09:00:00Z", "2026-11-21T09:30:00Z", "2026-11-21T09:00:00Z"),
			statusOf("", "2026-11-21T10:05:00Z", now), true, false},
		{"schedule changed, not due yet",
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

func TestMonitor(t *testing.T) {
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
		t.Errorf("status of an unknown timer: %v, %v", other, err)
	}
}

func TestMonitorInvalidFile(t *testing.T) {
	m := &monitor{dir: t.TempDir()}
	writeFile(t, m.path("pull"), `{"Last":"yesterday"}`)
	if _, err := m.get("pull"); err == nil {
		t.Error("no error")
	}
}

func TestWaitUntilPast(t *testing.T) {
	now := func() time.Time { return at("2026-11-21T10:00:00Z") }
	if err := waitUntil(now)(t.Context(), now().Add(-time.Hour)); err != nil {
		t.Error(err)
	}
}
