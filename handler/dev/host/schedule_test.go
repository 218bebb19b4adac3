package host

import (
	"testing"
	"time"
)

func TestScheduleNext(t *testing.T) {
	tests := []struct {
		name, expression, after, next string
	}{
		{"six fields", "30 5 4 * * *", "2026-11-21T00:00:00Z", "2026-11-21T04:05:30Z"},
		{"five fields", "5 4 * * *", "2026-11-21T00:00:00Z", "2026-11-21T04:05:00Z"},
		{"every five minutes", "0 */5 * * * *", "2026-11-21T10:02:03Z", "2026-11-21T10:05:00Z"},
		{"at an occurrence", "0 */5 * * * *", "2026-11-21T10:05:00Z", "2026-11-21T10:10:00Z"},
		{"fractions of a second", "* * * * * *", "2026-11-21T10:05:00.5Z", "2026-11-21T10:05:01Z"},
		{"a list of hours and a range of days", "0 0 8,20 * * MON-FRI", "2026-11-20T21:00:00Z", "2026-11-23T08:00:00Z"},
		{"Sunday is 0", "0 0 0 * * 0", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"},
		{"names by any prefix and case", "0 0 0 1 dec tues", "2026-11-21T00:00:00Z", "2026-12-01T00:00:00Z"},
		{"a falling range", "0 0 9-7 * * *", "2026-11-21T07:30:00Z", "2026-11-21T08:00:00Z"},
		{"a step from a value", "0 10/20 * * * *", "2026-11-21T10:00:00Z", "2026-11-21T10:10:00Z"},
		{"both day fields", "0 0 0 13 * FRI", "2026-11-14T00:00:00Z", "2027-08-13T00:00:00Z"},
		{"a date that does not exist", "0 0 0 30 2 *", "2026-11-21T00:00:00Z", "9999-12-31T23:59:59Z"},
		{"a TimeSpan", "00:05:00", "2026-11-21T10:02:03Z", "2026-11-21T10:07:03Z"},
		{"a TimeSpan of days", "1.12:00:00", "2026-11-21T00:00:00Z", "2026-11-22T12:00:00Z"},
		{"a clock in another zone", "0 0 4 * * *", "2026-11-21T04:30:00+02:00", "2026-11-21T04:00:00Z"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, err := parseSchedule(test.expression)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.next(at(test.after)).Format(time.RFC3339); got != test.next {
				t.Errorf("next after %s is %s, want %s", test.after, got, test.next)
			}
		})
	}
}

func TestScheduleTimeZones(t *testing.T) {
	s, err := parseSchedule("0 30 2 * * *")
	if err != nil {
		t.Fatal(err)
	}
	after := at("2026-03-29T00:30:00Z") // clocks change in Europe an hour later
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Skip("no time zone database: ", err)
		}
		if got := s.next(after.In(location)); !got.Equal(at("2026-03-29T02:30:00Z")) || got.Location() != time.UTC {
			t.Errorf("in %s the next occurrence is %s", zone, got)
		}
	}
}

func TestScheduleSubMinute(t *testing.T) {
	for expression, want := range map[string]bool{
		"*/10 * * * * *":   true,
		"0,30 * * * * *":   true,
		"0,30 */1 * * * *": true,
		"0 * * * * *":      false,
		"* * * * *":        false,
		"*/10 5 * * * *":   false,
		"00:00:30":         true,
		"00:01:00":         false,
	} {
		s, err := parseSchedule(expression)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.isSubMinute(); got != want {
			t.Errorf("%s: %v, want %v", expression, got, want)
		}
	}
}

func TestParseScheduleInvalid(t *testing.T) {
	for _, expression := range []string{
		"", "hello", "* * * *", "* * * * * * *", "60 * * * * *", "0 0 24 * * *", "0 0 0 0 * *", "0 0 0 * 13 *", "0 0 0 * * 7",
		"0 0 0 ? * *", "@daily", "@every 1m", "TZ=UTC 0 0 * * *", "0 0 0 L * *", "0 */0 * * * *", "0 1,,2 * * * *", "0 mon * * * *",
		"00:00:00", "-00:05:00", "24:00:00",
	} {
		if s, err := parseSchedule(expression); err == nil {
			t.Errorf("%q is parsed as %v, want an error", expression, s)
		}
	}
}

func TestParseTimeSpan(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"00:10:00": 10 * time.Minute, "1.02:03:04.5": 26*time.Hour + 3*time.Minute + 4*time.Second + 500*time.Millisecond,
		"7": 168 * time.Hour, "-1": -24 * time.Hour, "01:30": 90 * time.Minute, "00:00:00.0000001": 100,
	} {
		if got, err := parseTimeSpan(text); err != nil || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5m", "00:60:00", "25:00:00", "1:2:3:4", "00:00:00.12345678", "99999999999999999999"} {
		if got, err := parseTimeSpan(text); err == nil {
			t.Errorf("%q is parsed as %v, want an error", text, got)
		}
	}
}

// Every accepted schedule has a next occurrence after any time.
func FuzzSchedule(f *testing.F) {
	for _, seed := range []string{"0 */5 * * * *", "0 0 13 * 5", "00:05:00", "*/10 * * * * *", "0 0 0 30 feb *", "1-5/2,7 0 * jan-mar mon"} {
		f.Add(seed, int64(1_800_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		s, err := parseSchedule(text)
		if err != nil {
			return
		}
		after := time.Unix(unix%4_000_000_000, 0)
		if next := s.next(after); !next.After(after) {
			t.Errorf("%q: %s is not after %s", text, next, after)
		}
	})
}
