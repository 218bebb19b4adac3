package audit_test

import (
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

func TestParseTime(t *testing.T) {
	noon := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for s, want := range map[string]time.Time{
		"2026-11-21T12:00:00":           noon,
		"2026-11-21T12:00:00Z":          noon,
		"2026-11-21T14:00:00+02:00":     noon,
		"2026-11-21T12:00:00.125":       noon.Add(125 * time.Millisecond),
		"2026-11-21T12:00:00.1234567Z":  noon.Add(123456700),
		"2026-11-21T12:00:00.25-00:00":  noon.Add(250 * time.Millisecond),
		"":                              {},
		"2026-11-21":                    {},
		"2026-11-21 12:00:00":           {},
		" 2026-11-21T12:00:00":          {},
		"2026-11-21T12:00:00+0200":      {},
		"2026-11-21T12:00:00 GMT+02:00": {},
	} {
		got, err := audit.ParseTime(s)
		if got != want || (err != nil) != want.IsZero() {
			t.Errorf("ParseTime(%q) = %v, %v; want %v", s, got, err, want)
		}
	}
}
