package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// timer invokes one function on its schedule, one invocation at a time.
type timer struct {
	host     *Host
	function *Function
	status   scheduleStatus
}

// startTimers checks each timer for a missed occurrence and starts it.
func (h *Host) startTimers(ctx context.Context, group *errgroup.Group) error {
	for _, f := range h.functions {
		if f.Timer == nil || f.Err != nil || f.Disabled {
			continue
		}
		t := &timer{host: h, function: f}
		isPastDue, err := t.begin(h.cfg.Now())
		if err != nil {
			return fmt.Errorf("start the timer of %s: %w", f.Name, err)
		}
		if !h.cfg.TimersOff {
			group.Go(func() error { t.run(ctx, isPastDue); return nil })
		}
	}
	return nil
}

// begin loads or creates the status and reports whether an occurrence was
// missed.
func (t *timer) begin(now time.Time) (isPastDue bool, err error) {
	s := t.function.Timer.schedule
	t.status = scheduleStatus{Next: netOf(s.next(now))}
	if !t.function.Timer.UseMonitor {
		return false, nil
	}
	stored, err := t.host.monitor.get(t.function.Name)
	if err != nil {
		return false, err
	}
	status, changed, isPastDue := checkPastDue(now, s, stored)
	if stored != nil {
		t.status = status
	}
	if changed {
		err = t.host.monitor.put(t.function.Name, status)
	}
	return isPastDue, err
}

// run returns when ctx is done. If an invocation takes longer than the schedule's
// period, exactly one invocation follows at once, however many occurrences were
// missed.
func (t *timer) run(ctx context.Context, isPastDue bool) {
	if isPastDue || t.function.Timer.RunOnStartup {
		t.fire(ctx, t.host.cfg.Now(), isPastDue, true)
	}
	for t.host.cfg.Wait(ctx, t.status.Next.Time) == nil && ctx.Err() == nil {
		t.fire(ctx, t.host.cfg.Now(), false, false)
	}
}

// fire invokes the function and computes the next occurrence after now. A failed
// invocation does not change the schedule. If the host stops during the
// invocation, the old status remains, so the invocation is repeated at the next
// start.
func (t *timer) fire(ctx context.Context, now time.Time, isPastDue, atStartup bool) {
	info := timerInfo{Schedule: t.function.Timer.info(), IsPastDue: isPastDue}
	if t.function.Timer.UseMonitor {
		status := t.status
		info.ScheduleStatus = &status
	}
	t.host.invokeTimer(ctx, t.function, info)
	if ctx.Err() != nil {
		return
	}
	if !atStartup && now.Before(t.status.Next.Time) { // Wait returned early
		now = t.status.Next.Time
	}
	t.status = scheduleStatus{Last: netOf(now), Next: netOf(t.function.Timer.schedule.next(now)), LastUpdated: netOf(now)}
	if !t.function.Timer.UseMonitor {
		return
	}
	if err := t.host.monitor.put(t.function.Name, t.status); err != nil {
		t.host.console.host(severityError, "store the timer status of %s: %v", t.function.Name, err)
	}
}

func (t *TimerTrigger) info() timerSchedule {
	return timerSchedule{AdjustForDST: t.schedule.adjustsForDST()}
}

// invokedTimerInfo is the timer info of an invocation on request.
func (h *Host) invokedTimerInfo(f *Function) (timerInfo, error) {
	info := timerInfo{Schedule: f.Timer.info()}
	if !f.Timer.UseMonitor {
		return info, nil
	}
	var err error
	info.ScheduleStatus, err = h.monitor.get(f.Name)
	return info, err
}

// checkPastDue compares a timer's stored status, nil for none, with its schedule
// when the host starts. It returns the status to store, whether that differs from
// stored, and whether an occurrence was missed. A schedule that has changed since
// is not past due because of its first occurrence.
func checkPastDue(now time.Time, s schedule, stored *scheduleStatus) (status scheduleStatus, changed, isPastDue bool) {
	if stored == nil {
		return scheduleStatus{Next: netOf(s.next(now)), LastUpdated: netOf(now)}, true, false
	}
	status = *stored
	computed := now
	switch {
	case !status.Last.IsZero():
		computed = status.Last.Time
	case !status.LastUpdated.IsZero():
		computed = status.LastUpdated.Time
	}
	expected := netOf(s.next(computed))
	if !status.Next.Equal(expected.Time) {
		if now.After(expected.Time) {
			expected, computed = netOf(s.next(now)), now
		}
		status, changed = scheduleStatus{Next: expected, LastUpdated: netOf(computed)}, true
	}
	return status, changed, now.After(status.Next.Time)
}

// monitor keeps the statuses of timers, in one file per function or, without a
// folder, in memory. They let the next host make up for an occurrence that was
// missed while none ran.
type monitor struct {
	dir      string
	mu       sync.Mutex
	inMemory map[string]scheduleStatus
}

// path uses the host's own name for a function's timer.
func (m *monitor) path(function string) string {
	return filepath.Join(m.dir, "Host.Functions."+function+".status")
}

// get returns nil for a timer without a status.
func (m *monitor) get(function string) (*scheduleStatus, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dir == "" {
		if status, ok := m.inMemory[function]; ok {
			return &status, nil
		}
		return nil, nil
	}
	text, err := os.ReadFile(m.path(function))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var status scheduleStatus
	if err := json.Unmarshal(text, &status); err != nil {
		return nil, fmt.Errorf("read %s: %w", m.path(function), err)
	}
	return &status, nil
}

// put replaces the status atomically: a crash leaves the old or the new one.
func (m *monitor) put(function string, status scheduleStatus) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dir == "" {
		m.inMemory[function] = status
		return nil
	}
	if err := os.MkdirAll(m.dir, 0o755); err != nil {
		return err
	}
	temporary := m.path(function) + ".new"
	if err := os.WriteFile(temporary, []byte(marshal(status)), 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, m.path(function))
}
