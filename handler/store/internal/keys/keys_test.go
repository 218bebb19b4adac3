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
