package host

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// timer runs one function on its schedule, one run at a time.
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
		pastDue, err := t.begin(h.cfg.Now())
		if err != nil {
			return fmt.Errorf("start the timer of %s: %w", f.Name, err)
		}
		if !h.cfg.TimersOff {
			group.Go(func() error { t.run(ctx, pastDue); return nil })
		}
	}
	return nil
}

// begin sets the status and tells whether an occurrence was missed.
func (t *timer) begin(now time.Time) (pastDue bool, err error) {
	s := t.function.Timer.schedule
	t.status = scheduleStatus{Next: netOf(s.next(now))}
	if !t.function.Timer.UseMonitor {
		return false, nil
	}
	stored, err := t.host.monitor.get(t.function.Name)
	if err != nil {
		return false, err
	}
	status, changed, pastDue := checkPastDue(now, s, stored)
	if stored != nil {
		t.status = status
	}
	if changed {
		err = t.host.monitor.put(t.function.Name, status)
	}
	return pastDue, err
}

// run returns when ctx is done. A run that takes longer than the schedule's
// period is followed by one run at once, however many occurrences it covered.
func (t *timer) run(ctx context.Context, pastDue bool) {
	if pastDue || t.function.Timer.RunOnStartup {
		t.fire(ctx, t.host.cfg.Now(), pastDue, true)
	}
	for t.host.cfg.Wait(ctx, t.status.Next.Time) == nil && ctx.Err() == nil {
		t.fire(ctx, t.host.cfg.Now(), false, false)
	}
}

// fire invokes the function and computes the next occurrence from when it
// did. A failure changes nothing about the schedule, but a host that stops in
// between leaves the old status: the run is made up for when it starts again.
func (t *timer) fire(ctx context.Context, now time.Time, pastDue, atStartup bool) {
	info := timerInfo{Schedule: t.function.Timer.info(), IsPastDue: pastDue}
	if t.function.Timer.UseMonitor {
		status := t.status
		info.ScheduleStatus = &status
	}
	t.host.invokeTimer(ctx, t.function, info)
	if ctx.Err() != nil {
		return
	}
	if !atStartup && now.Before(t.status.Next.Time) { // woken early
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
	return timerSchedule{AdjustForDST: t.schedule.adjustForDST()}
}

// manualInfo is what a run on request is told.
func (h *Host) manualInfo(f *Function) (timerInfo, error) {
	info := timerInfo{Schedule: f.Timer.info()}
	if !f.Timer.UseMonitor {
		return info, nil
	}
	var err error
	info.ScheduleStatus, err = h.monitor.get(f.Name)
	return info, err
}
