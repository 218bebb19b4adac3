package keys

import (
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
)

func TestContentThatNoKeyCanBeMadeOfIsRefused(t *testing.T) {
	for name, c := range map[string]audit.Content{
		"no id":             {Type: "Audit.General", Created: fixture.At("2026-11-21T00:00:00Z")},
		"an endless id":     {ID: strings.Repeat("x", 2001), Type: "Audit.General", Created: fixture.At("2026-11-21T00:00:00Z")},
		"no type":           {ID: "a", Created: fixture.At("2026-11-21T00:00:00Z")},
		"a path as type":    {ID: "a", Type: "../x", Created: fixture.At("2026-11-21T00:00:00Z")},
		"an underscore":     {ID: "a", Type: "Audit_General", Created: fixture.At("2026-11-21T00:00:00Z")},
		"no created":        {ID: "a", Type: "Audit.General"},
		"created too early": {ID: "a", Type: "Audit.General", Created: fixture.At("1969-12-31T23:59:59Z")},
		"created too late":  {ID: "a", Type: "Audit.General", Created: fixture.At("2286-11-20T17:46:40Z")},
	} {
		if err := CheckContent(c); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if err := CheckContent(fixture.Content("a", "2026-11-21T00:00:00Z")); err != nil {
		t.Error(err)
	}
}

func TestMonthsAreReadFromTheirOwnTablesOnly(t *testing.T) {
	for name, want := range map[string]Month{
		"events202611": MonthOf(fixture.At("2026-11-01T00:00:00Z")), "events000001": 0,
		"events202600": -1, "events202613": -1, "events20261": -1, "events2026110": -1,
		"eventsabcdef": -1, "index202611": -1, "events": -1, "Events202611": -1,
	} {
		m, ok := ParseTable("events", name)
		if ok != (want >= 0) || ok && m != want {
			t.Errorf("%s is the table of month %v, %v", name, m, ok)
		}
		if ok && m.Table("events") != name {
			t.Errorf("%s has the table %s", name, m.Table("events"))
		}
	}
}
