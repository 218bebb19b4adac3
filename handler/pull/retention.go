package pull

import (
	"context"
	"time"
)

// Oldest is the start of the oldest month that retention keeps at now; the
// zero time keeps all. A month is kept as long as any of it is within the
// retention time.
func Oldest(now time.Time, retentionDays int) time.Time {
	if retentionDays == 0 {
		return time.Time{}
	}
	t := now.UTC().AddDate(0, 0, -retentionDays)
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// EarlierNow is the time by our clock or the API's, skew ahead of it, whichever
// is behind: what goes by it is kept for longer, and not given up too early,
// if one of the two is wrong.
func EarlierNow(now func() time.Time, skew func() time.Duration) time.Time {
	return now().Add(min(0, skew()))
}

// dropOld drops the event months that retention no longer keeps. Dropping
// what is dropped already is no error, so a crash in between costs nothing.
func (t *tick) dropOld(ctx context.Context) error {
	oldest := Oldest(EarlierNow(t.Now, t.Feed.Skew), t.RetentionDays)
	if oldest.IsZero() {
		return nil
	}
	dropped, err := t.Store.DropEventsBefore(ctx, oldest)
	for _, table := range dropped {
		t.Log.InfoContext(ctx, "dropped by retention", "table", table)
	}
	return err
}
