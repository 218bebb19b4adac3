package keys

import (
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
)

func TestCheckContent(t *testing.T) {
	for name, c := range map[string]audit.Content{
		"no id":               {Type: "Audit.General", Created: fixture.At("2026-11-21T00:00:00Z")},
		"id too long":         {ID: strings.Repeat("x", 2001), Type: "Audit.General", Created: fixture.At("2026-11-21T00:00:00Z")},
		"no type":             {ID: "a", Created: fixture.At("2026-11-21T00:00:00Z")},
		"path as type":        {ID: "a", Type: "../x", Created: fixture.At("2026-11-21T00:00:00Z")},
		"underscore in type":  {ID: "a", Type: "Audit_General", Created: fixture.At("2026-11-21T00:00:00Z")},
		"no contentCreated":   {ID: "a", Type: "Audit.General"},
		"created before 1970": {ID: "a", Type: "Audit.General", Created: fixture.At("1969-12-31T23:59:59Z")},
		"created after 2286":  {ID: "a", Type: "Audit.General", Created: fixture.At("2286-11-20T17:46:40Z")},
	} {
		if err := CheckContent(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := CheckContent(fixture.Content("a", "2026-11-21T00:00:00Z")); err != nil {
		t.Error(err)
	}
}

func TestParseTable(t *testing.T) {
	for name, want := range map[string]Month{
		"events202611": MonthOf(fixture.At("2026-11-01T00:00:00Z")), "events000001": 0,
		"events202600": -1, "events202613": -1, "events20261": -1, "events2026110": -1,
		"eventsabcdef": -1, "index202611": -1, "events": -1, "Events202611": -1,
	} {
		m, ok := ParseTable("events", name)
		if ok != (want >= 0) || ok && m != want {
			t.Errorf("%s: month %v, %v", name, m, ok)
		}
		if ok && m.Table("events") != name {
			t.Errorf("%s: month %v has table %s", name, m, m.Table("events"))
		}
	}
}

func TestInvertedTimes(t *testing.T) {
	for _, x := range []struct{ time, second, hour, ascending, month string }{
		{"1601-01-01T00:00:00Z", "9999999999", "99999999", "0000000000", "100788"},
		{"1970-01-01T00:00:00Z", "9999999999", "99999999", "0000000000", "096360"},
		{"2026-11-21T10:59:59.9Z", "8204741200", "99501317", "1795258799", "095678"},
		{"9999-12-31T23:59:59Z", "0000000000", "97222222", "9999999999", "000001"},
	} {
		at := fixture.At(x.time)
		second, m := Second(at), MonthOf(at)
		if InvertedSecond(second) != x.second || InvertedHour(second) != x.hour || AscendingSecond(at) != x.ascending || m.Inverted() != x.month {
			t.Errorf("%s: %s, %s, %s, %s", x.time, InvertedSecond(second), InvertedHour(second), AscendingSecond(at), m.Inverted())
		}
		if back, err := ParseInvertedSecond(x.second); back != second || err != nil {
			t.Errorf("%s is read as %d, %v, want %d", x.second, back, err, second)
		}
		if back, err := ParseInvertedMonth(x.month); back != m || err != nil {
			t.Errorf("%s is read as %v, %v, want %v", x.month, back, err, m)
		}
	}
	for _, invalid := range []string{"", "1", "-000000001", "82047412000", "x204741200"} {
		if _, err := ParseInvertedSecond(invalid); err == nil {
			t.Errorf("second %q is accepted", invalid)
		}
		if _, err := ParseInvertedMonth(invalid); err == nil {
			t.Errorf("month %q is accepted", invalid)
		}
	}
}

func TestValid(t *testing.T) {
	for key, want := range map[string]bool{
		"a-z_09": true, strings.Repeat("a", 512): true,
		"": false, strings.Repeat("a", 513): false, "A": false, "a/b": false, "a'b": false, "a%b": false, "é": false, "a~": false,
	} {
		if Valid(key) != want {
			t.Errorf("%q: %v", key, !want)
		}
	}
	if end := PrefixEnd("a"); end <= "azz" || end >= "b" {
		t.Errorf("%q does not end the keys with prefix a", end)
	}
}

func TestRange(t *testing.T) {
	from, to := fixture.At("2026-11-20T00:00:00Z"), fixture.At("2026-12-01T00:00:00Z")
	for _, x := range []struct {
		r              Range
		newest, oldest int64
		contains       [3]bool // from-1ns, from, to
		overlaps       [3]bool // October, November, December
	}{
		{Range{}, LastSecond, 0, [3]bool{true, true, true}, [3]bool{true, true, true}},
		{Range{From: from}, LastSecond, from.Unix(), [3]bool{false, true, true}, [3]bool{false, true, true}},
		{Range{To: to}, to.Unix() - 1, 0, [3]bool{true, true, false}, [3]bool{true, true, false}},
		{Range{from, to}, to.Unix() - 1, from.Unix(), [3]bool{false, true, false}, [3]bool{false, true, false}},
	} {
		newest, oldest := x.r.Seconds()
		contains := [3]bool{x.r.Contains(from.Add(-1)), x.r.Contains(from), x.r.Contains(to)}
		november := MonthOf(from)
		overlaps := [3]bool{x.r.Overlaps(november - 1), x.r.Overlaps(november), x.r.Overlaps(november + 1)}
		if newest != x.newest || oldest != x.oldest || contains != x.contains || overlaps != x.overlaps {
			t.Errorf("%v: seconds %d to %d, contains %v, overlaps %v", x.r, newest, oldest, contains, overlaps)
		}
	}
	if got := CountDown(5, 3); len(got) != 3 || got[0] != 5 || got[2] != 3 {
		t.Errorf("months %v", got)
	}
	if Earlier(from, to) != from || Earlier(to, from) != from {
		t.Error("the later time is returned")
	}
}
