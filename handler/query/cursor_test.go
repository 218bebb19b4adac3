package query

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func someQuestion(t testing.TB, raw string) question {
	t.Helper()
	q, err := askEvents(raw, askedAt)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func someResumePoint() resumePoint {
	return resumePoint{askedAt.Add(-5 * time.Hour), askedAt.Add(-4 * time.Hour), "100000_9999999999_id"}
}

func TestCursorRoundTrip(t *testing.T) {
	q := someQuestion(t, "startDate=-7d&userIds=a@b")
	next := someQuestion(t, q.next(someResumePoint()))
	if next.start != someResumePoint() || !next.from.Equal(q.from) {
		t.Errorf("from %v, start %+v, want %v, %+v", next.from, next.start, q.from, someResumePoint())
	}
}

func TestCursorQuestion(t *testing.T) {
	q := someQuestion(t, "startDate=2026-11-14&recordType=94&userIds=a@b")
	cursor := "&cursor=" + cursorAt(&q, someResumePoint()).String()
	for raw, valid := range map[string]bool{
		"startDate=2026-11-14&recordType=94&userIds=a@b":                                  true,
		"STARTDATE=2026-11-14T00:00:00Z&recordType=AipSensitivityLabelAction&userIds=a@b": true,
		"startDate=2026-11-14&recordType=94&userIds=a@b&resultSize=5&view=record":         true,
		"startDate=2026-11-14&recordType=94":                                              false,
		"startDate=2026-11-14&recordType=94&userIds=a@c":                                  false,
		"startDate=2026-11-14&recordType=94,95&userIds=a@b":                               false,
		"startDate=2026-11-13&recordType=94&userIds=a@b":                                  false,
		"startDate=-7d&recordType=94&userIds=a@b":                                         false,
		"recordType=94&userIds=a@b":                                                       false,
		"startDate=2026-11-14&endDate=2026-11-21&recordType=94&userIds=a@b":               false,
		"startDate=2026-11-14&recordType=94&userIds=a@b&format=csv":                       true,
		"startDate=2026-11-14&recordType=94&userIds=a@b&freeText=x":                       false,
		"startDate=2026-11-14&recordType=94&userIds=a@b&platforms=1":                      false,
		"startDate=2026-11-14&recordType=94&operations=a@b":                               false,
		"": false,
	} {
		_, err := askEvents(raw+cursor, askedAt)
		if (err == nil) != valid {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestCursorTampered(t *testing.T) {
	q := someQuestion(t, "startDate=-7d")
	whole := cursorAt(&q, someResumePoint()).String()
	for i := range len(whole) {
		for bit := range 7 {
			changed := []byte(whole)
			changed[i] ^= 1 << bit
			if _, err := parseCursor(string(changed)); err == nil {
				t.Errorf("accepted with bit %d of byte %d flipped", bit, i)
			}
		}
	}
	text, _ := base64.RawURLEncoding.DecodeString(whole)
	encode := func(change func(string) string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(change(string(text))))
	}
	for name, s := range map[string]string{
		"padded":          whole + "=",
		"cut short":       whole[:len(whole)-4],
		"line break":      whole[:8] + "\n" + whole[8:],
		"space":           encode(func(s string) string { return strings.Replace(s, ":", ": ", 1) }),
		"another field":   encode(func(s string) string { return strings.Replace(s, "{", `{"x":1,`, 1) }),
		"two values":      encode(func(s string) string { return s + s }),
		"empty checksum":  encode(func(s string) string { return s[:strings.LastIndex(s, `"c"`)] + `"c":""}` }),
		"changed start":   encode(func(s string) string { return strings.Replace(s, `"s":1`, `"s":2`, 1) }),
		"standard base64": base64.StdEncoding.EncodeToString(text),
	} {
		if _, err := parseCursor(s); err == nil {
			t.Errorf("%s: accepted %s", name, s)
		}
	}
}

func TestCursorImplausible(t *testing.T) {
	q := someQuestion(t, "startDate=-7d")
	for name, change := range map[string]func(*cursor){
		"another version":              func(c *cursor) { c.Version = 2 },
		"a window that ends too early": func(c *cursor) { c.To = c.From - 1 },
		"a window before the range":    func(c *cursor) { c.From = c.Start - 1 },
		"a year before the first":      func(c *cursor) { c.Start = -1 << 60 },
		"a year after 9999":            func(c *cursor) { c.To = 1 << 60 },
	} {
		c := cursorAt(&q, someResumePoint())
		change(&c)
		if _, err := parseCursor(c.String()); err == nil {
			t.Errorf("accepted: %s", name)
		}
	}
}

func FuzzParseCursor(f *testing.F) {
	q := someQuestion(f, "startDate=-7d")
	f.Add(cursorAt(&q, someResumePoint()).String())
	f.Add(cursorAt(&q, resumePoint{}).String())
	f.Add("")
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`{"v":1}`)))
	f.Add(base64.RawURLEncoding.EncodeToString([]byte(`[]`)))
	f.Fuzz(func(t *testing.T, s string) {
		c, err := parseCursor(s)
		if err != nil {
			return
		}
		if c.String() != s {
			t.Errorf("%q is accepted, but encoded as %q", s, c.String())
		}
		if text, err := json.Marshal([]time.Time{c.start(), c.resumePoint().from, c.resumePoint().to}); err != nil {
			t.Errorf("times cannot be encoded: %s", text)
		}
	})
}
