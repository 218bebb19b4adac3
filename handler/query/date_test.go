package query

import (
	"testing"
	"time"
)

func TestADateIsReadAsUTC(t *testing.T) {
	now := time.Date(2026, 11, 21, 11, 22, 33, 999, time.FixedZone("", 3600))
	for text, want := range map[string]string{
		"2026-11-21":           "2026-11-21T00:00:00Z",
		"2024-02-29":           "2024-02-29T00:00:00Z",
		"2026-11-21T10:05":     "2026-11-21T10:05:00Z",
		"2026-11-21T10:05Z":    "2026-11-21T10:05:00Z",
		"2026-11-21T10:05:06":  "2026-11-21T10:05:06Z",
		"2026-11-21T10:05:06Z": "2026-11-21T10:05:06Z",
		"-0h":                  "2026-11-21T10:22:33Z",
		"-12h":                 "2026-11-20T22:22:33Z",
		"-7d":                  "2026-11-14T10:22:33Z",
		"-99999d":              "1753-02-06T10:22:33Z",
	} {
		got, ok := parseDate(text, now)
		if !ok || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%s is read as %v, %v, want %s", text, got, ok, want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2026-11-21", "2026-11-21T10:00", "2026-11-21T10:00:00Z", "-7d", "-12h", "0000-01-01", "-99999d"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		date, ok := parseDate(s, asked)
		if !ok {
			return
		}
		again, ok := parseDate(formatDate(date), asked)
		if !ok || again != date {
			t.Errorf("%q is %v, which reads back as %v, %v", s, date, again, ok)
		}
	})
}
