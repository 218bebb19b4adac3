package host

import "time"

// checkPastDue is what the listener does with the status it finds when it
// starts, nil for none. It returns the status to store, whether that differs,
// and whether an occurrence was missed. A schedule that has changed since the
// status was stored is never past due by its own first occurrence.
func checkPastDue(now time.Time, s schedule, stored *scheduleStatus) (status scheduleStatus, changed, pastDue bool) {
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
