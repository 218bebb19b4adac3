package pull

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

func TestMerge(t *testing.T) {
	hour := func(n int) time.Time { return time.Date(2026, 3, 18, n, 0, 0, 0, time.UTC) }
	old, new := &store.Fault{Code: "old"}, &store.Fault{Code: "new"}
	base := store.TypeStatus{
		ContentType: "Audit.General", Subscription: "enabled", Webhook: "enabled", LastError: old, Started: hour(1),
		ListedThrough: hour(2), CompleteThrough: hour(2), ETag: "base",
	}
	theirs := base
	theirs.ETag, theirs.Started, theirs.ListedThrough, theirs.CompleteThrough = "theirs", hour(3), hour(5), hour(5)
	theirs.Days = []ledger.DayCount{{Day: hour(0), Done: 1}}

	for name, test := range map[string]struct {
		described bool
		ours      func(*store.TypeStatus)
		want      func(*store.TypeStatus) // changes of theirs
	}{
		"nothing found out": {
			ours: func(*store.TypeStatus) {},
			want: func(*store.TypeStatus) {},
		},
		"an error": {
			ours: func(s *store.TypeStatus) { s.LastError = new },
			want: func(s *store.TypeStatus) { s.LastError = new },
		},
		"the webhook, and a later listing": {
			ours: func(s *store.TypeStatus) { s.Webhook, s.ListedThrough, s.Started = "none", hour(6), hour(4) },
			want: func(s *store.TypeStatus) { s.Webhook, s.ListedThrough, s.Started = "none", hour(6), hour(4) },
		},
		"an earlier claim of completeness": {
			described: true,
			ours:      func(s *store.TypeStatus) { s.CompleteThrough, s.OldestPending = hour(2), hour(2) },
			want:      func(s *store.TypeStatus) { s.CompleteThrough, s.OldestPending = hour(2), hour(2) },
		},
		"a later claim of completeness": {
			described: true,
			ours:      func(s *store.TypeStatus) { s.CompleteThrough = hour(7) },
			want:      func(*store.TypeStatus) {},
		},
	} {
		r := &typeTick{base: base, status: base, described: test.described}
		test.ours(&r.status)
		r.merge(theirs)
		want := theirs
		want.Uncounted = true
		test.want(&want)
		if diff := cmp.Diff(want, r.status); diff != "" || !r.overlapped {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(theirs, r.base); diff != "" {
			t.Errorf("%s: base (-want +got):\n%s", name, diff)
		}
	}
}
