package pull

import (
	"context"

	"github.com/labeltrail/labeltrail/handler/store"
)

// dropOld drops the event months that retention no longer keeps. A month that
// was dropped already is no error, so a crash in between costs nothing. The
// earlier of the two clocks decides, so that a clock that is ahead drops no
// month too soon.
func (t *tick) dropOld(ctx context.Context) error {
	oldest := store.OldestKept(t.clock().Earlier(), t.RetentionDays)
	if oldest.IsZero() {
		return nil
	}
	dropped, err := t.Store.DropEventsBefore(ctx, oldest)
	for _, table := range dropped {
		t.Log.InfoContext(ctx, "dropped by retention", "table", table)
	}
	return err
}
