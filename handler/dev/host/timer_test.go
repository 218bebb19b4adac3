package host

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// timed is a host whose timers wait for a clock that the test moves.
func timed(t *testing.T, clock *fakeClock, monitor, function, json string, env map[string]string) (*Host, *output) {
	t.Helper()
	out := newOutput()
	return start(t, Config{
		Root: stage(t, `{}`, map[string]string{function: json}), Output: out, Env: env,
		Now: clock.Now, Wait: clock.Wait, Monitor: monitor,
	}), out
}

// timerRuns are the timer infos that the echo function was sent, in order.
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

func TestTimerRunsOnSchedule(t *testing.T) {
	t.Parallel()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	_, out := timed(t, clock, "", "echo", timerJSON, nil)
	for _, step := range []struct{ next, now string }{
		{"2026-11-21T10:05:00Z", "2026-11-21T10:05:00Z"},
		{"2026-11-21T10:10:00Z", "2026-11-21T10:27:10Z"}, // late: three occurrences are one run
		{"2026-11-21T10:30:00Z", "2026-11-21T10:30:00Z"},
	} {
		if next := clock.awaitWait(t); next != step.next {
			t.Fatalf("waits for %s, want %s", next, step.next)
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

func TestMissedOccurrenceRunsOnceWhenTheHostStarts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	first, _ := timed(t, clock, dir, "echo", timerJSON, nil)
	clock.awaitWait(t)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	clock.set("2026-11-21T11:31:00Z")
	_, out := timed(t, clock, dir, "echo", timerJSON, nil)
	if next := clock.awaitWait(t); next != "2026-11-21T11:35:00Z" {
		t.Errorf("then waits for %s", next)
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

func TestTimerOfMoreThanOnceAMinuteHasNoStatus(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	_, out := timed(t, clock, dir, "echo", strings.Replace(timerJSON, "0 */5", "*/10 *", 1), nil)
	clock.awaitWait(t)
	clock.set("2026-11-21T10:02:10Z")
	if next := clock.awaitWait(t); next != "2026-11-21T10:02:20Z" {
		t.Errorf("then waits for %s", next)
	}
	if diff := cmp.Diff([]timerInfo{{Schedule: timerSchedule{AdjustForDST: true}}}, timerRuns(t, out)); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("files %v, %v", files, err)
	}
}

func TestTimeSpanRunsFromRunToRun(t *testing.T) {
	t.Parallel()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	_, out := timed(t, clock, "", "echo", strings.Replace(timerJSON, "0 */5 * * * *", "00:05:00", 1), nil)
	for _, step := range []string{"2026-11-21T10:07:03Z", "2026-11-21T10:12:04Z"} {
		if next := clock.awaitWait(t); next != step {
			t.Fatalf("waits for %s, want %s", next, step)
		}
		clock.set("2026-11-21T10:07:04Z")
	}
	if runs := timerRuns(t, out); len(runs) != 1 || runs[0].Schedule.AdjustForDST {
		t.Errorf("runs %+v", runs)
	}
}

func TestRunOnStartup(t *testing.T) {
	t.Parallel()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	_, out := timed(t, clock, "", "echo", strings.Replace(timerJSON, `"schedule"`, `"runOnStartup":true,"schedule"`, 1), nil)
	if next := clock.awaitWait(t); next != "2026-11-21T10:05:00Z" {
		t.Errorf("then waits for %s", next)
	}
	if runs := timerRuns(t, out); len(runs) != 1 || runs[0].IsPastDue {
		t.Errorf("runs %+v", runs)
	}
}

func TestFailureDoesNotStopTheSchedule(t *testing.T) {
	t.Parallel()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	h, _ := timed(t, clock, "", "answer", timerJSON, map[string]string{"TEST_STATUS": "500"})
	for _, now := range []string{"2026-11-21T10:05:00Z", "2026-11-21T10:10:00Z"} {
		if next := clock.awaitWait(t); next != now {
			t.Fatalf("waits for %s, want %s", next, now)
		}
		clock.set(now)
	}
	clock.awaitWait(t)
	status, err := h.monitor.get("answer")
	if err != nil || !status.Last.Equal(at("2026-11-21T10:10:00Z")) {
		t.Errorf("status %+v, %v", status, err)
	}
}

func TestDisabledTimerDoesNotRun(t *testing.T) {
	t.Parallel()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	h, out := timed(t, clock, "", "echo", `{"disabled":true,`+timerJSON[1:], nil)
	logged(t, invoke(t, h, "echo")) // but on request
	select {
	case until := <-clock.waiting:
		t.Errorf("waits for %s", until)
	default:
	}
	if runs := timerRuns(t, out); len(runs) != 1 {
		t.Errorf("runs %+v", runs)
	}
}

func TestFailedTimerIsRetried(t *testing.T) {
	t.Parallel()
	retry := `{"retry":{"strategy":"fixedDelay","maxRetryCount":2,"delayInterval":"00:00:10"},` + timerJSON[1:]
	clock := newFakeClock("2026-11-21T10:02:03Z")
	events := newOutput()
	start(t, Config{
		Root: stage(t, `{}`, map[string]string{"answer": retry}), Events: events, Env: map[string]string{"TEST_STATUS": "500"},
		Now: clock.Now, Wait: clock.Wait,
	})
	for _, step := range []string{"2026-11-21T10:05:00Z", "2026-11-21T10:05:10Z", "2026-11-21T10:05:20Z"} {
		if next := clock.awaitWait(t); next != step {
			t.Fatalf("waits for %s, want %s", next, step)
		}
		clock.set(step)
	}
	if next := clock.awaitWait(t); next != "2026-11-21T10:10:00Z" {
		t.Errorf("then waits for %s", next)
	}
	text, _ := events.text()
	if n := strings.Count(text, "(Failed, Id="); n != 3 {
		t.Errorf("%d attempts, want 3:\n%s", n, text)
	}
}

func TestRetryTellsTheHandler(t *testing.T) {
	t.Parallel()
	clock := newFakeClock("2026-11-21T10:02:03Z")
	retry := `{"retry":{"strategy":"fixedDelay","maxRetryCount":2,"delayInterval":"00:00:10"},` + timerJSON[1:]
	h, _ := timed(t, clock, "", "echo", retry, nil)
	type metadata struct {
		Metadata struct{ RetryContext retryContext }
	}
	got := decode[metadata](t, logged(t, invoke(t, h, "echo")).Body).Metadata.RetryContext
	if diff := cmp.Diff(retryContext{MaxRetryCount: 2}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPausesOfRetries(t *testing.T) {
	fixed := &retryPolicy{max: 3, delay: time.Minute}
	backoff, err := decode[*retryFile](t, `{"strategy":"exponentialBackoff","maxRetryCount":-1,"minimumInterval":"00:00:02","maximumInterval":"00:00:10"}`).policy()
	if err != nil || backoff.max != -1 {
		t.Fatal(backoff, err)
	}
	for n, want := range []time.Duration{2, 4, 8, 10, 10} {
		if got := backoff.pause(n); got != want*time.Second {
			t.Errorf("exponential retry %d after %s, want %ds", n, got, want)
		}
		if got := fixed.pause(n); got != time.Minute {
			t.Errorf("fixed retry %d after %s", n, got)
		}
	}
}
