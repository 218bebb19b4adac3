package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// Keys are for ever: a row whose key is made in another way is another row.
func TestKeysAreThese(t *testing.T) {
	e := Event{Record: record(t, "CA08441D-7876-4320-9c75-c0a3d99bcc4a", "2026-11-21T10:59:59Z", "")}
	c := audit.Content{ID: "492638008028$20261121105959$x", Type: "Audit.General", Created: at("2026-11-21T10:59:59Z")}
	pending := ledgerKeyOf(c).pendingRow(at("2026-11-28T10:59:59Z"))
	got := []string{
		keyOf(e).table(), keyOf(e).partition(), keyOf(e).row(), string(e.Position()),
		ledgerKeyOf(c).table(), ledgerKeyOf(c).kind, ledgerKeyOf(c).row(), pending, string(Entry{Content: c}.Position()),
		(&Store{tenant: tenant}).RawName(c),
	}
	want := []string{
		"events202611", "99501317", "8204741200_ca08441d-7876-4320-9c75-c0a3d99bcc4a",
		"095678_8204741200_ca08441d-7876-4320-9c75-c0a3d99bcc4a",
		"content202611", "audit_general", "c_8204741200_31a74e780067ea651e7544d496bc3d97",
		"p_1795863599_8204741200_31a74e780067ea651e7544d496bc3d97",
		"095678_8204741200_31a74e780067ea651e7544d496bc3d97_audit_general",
		tenant + "/Audit.General/2026/11/21/31a74e780067ea651e7544d496bc3d97.json.gz",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestKeysDoNotDependOnTheTimeZone(t *testing.T) {
	zone := time.FixedZone("UTC+14", 14*3600)
	utc := at("2026-11-30T23:30:00Z") // already December in that zone
	for name, pair := range map[string][2]string{
		"event": {
			string(Event{Record: audit.Record{ID: guid(1), CreationTime: utc}}.Position()),
			string(Event{Record: audit.Record{ID: guid(1), CreationTime: utc.In(zone)}}.Position()),
		},
		"entry": {
			string(Entry{Content: audit.Content{ID: "a", Created: utc}}.Position()),
			string(Entry{Content: audit.Content{ID: "a", Created: utc.In(zone)}}.Position()),
		},
		"raw blob": {
			(&Store{}).RawName(audit.Content{ID: "a", Created: utc}),
			(&Store{}).RawName(audit.Content{ID: "a", Created: utc.In(zone)}),
		},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %s in UTC, %s elsewhere", name, pair[0], pair[1])
		}
	}
}

func TestTimesThatKeysCannotHoldShareTheLastKey(t *testing.T) {
	for _, x := range []struct{ time, partition, row, position string }{
		{"1601-01-01T00:00:00Z", "99999999", "9999999999_x", "100788_9999999999_x"},
		{"1969-12-31T23:59:59Z", "99999999", "9999999999_x", "096361_9999999999_x"},
		{"1970-01-01T00:00:00Z", "99999999", "9999999999_x", "096360_9999999999_x"},
		{"2286-11-20T17:46:39Z", "97222222", "0000000000_x", "092558_0000000000_x"},
		{"2286-11-20T17:46:40Z", "97222222", "0000000000_x", "092558_0000000000_x"},
		{"9999-12-31T23:59:59Z", "97222222", "0000000000_x", "000001_0000000000_x"},
	} {
		k := eventKey{monthOf(at(x.time)), keySecond(at(x.time)), "x"}
		got := []string{k.partition(), k.row(), string(k.position())}
		if diff := cmp.Diff([]string{x.partition, x.row, x.position}, got); diff != "" {
			t.Errorf("%s:\n%s", x.time, diff)
		}
	}
}

func FuzzEventKeysAreOrderedDistinctAndSafe(f *testing.F) {
	f.Add(int64(0), int64(3599), "ca08441d-7876-4320-9c75-c0a3d99bcc4a", "")
	f.Add(int64(1795863599), int64(1795863600), "a'b/c#d?e%25", "a'b/c#d?e%26")
	f.Add(int64(-11644473600), int64(253402300799), "x", "X")
	f.Fuzz(func(t *testing.T, second1, second2 int64, id1, id2 string) {
		first, _ := at("1601-01-01T00:00:00Z"), at("9999-12-31T23:59:59Z")
		span := int64(253402300799) - first.Unix()
		make := func(second int64, id string) (Event, eventKey) {
			at := first.Unix() + int64(uint64(second)%uint64(span))
			e := Event{Record: audit.Record{ID: strings.TrimSpace(id), CreationTime: time.Unix(at, 0), JSON: []byte(`{}`)}}
			return e, keyOf(e)
		}
		e1, k1 := make(second1, id1)
		e2, k2 := make(second2, id2)
		for _, k := range []eventKey{k1, k2} {
			if !validKey(k.partition()) || !validKey(k.row()) || len(k.partition()) != 8 {
				t.Fatalf("key %q %q", k.partition(), k.row())
			}
			if back, err := eventKeyAt(k.position()); err != nil || back != k {
				t.Fatalf("position %q of %v is read as %v, %v", k.position(), k, back, err)
			}
		}
		if later(e1, e2) && k1.position() > k2.position() {
			t.Fatalf("%v is later than %v, but not before it: %s, %s", e1.Record.CreationTime, e2.Record.CreationTime, k1.position(), k2.position())
		}
		if k1.month == k2.month && k1.row() < k2.row() && k1.partition() > k2.partition() {
			t.Fatalf("rows %s, %s are in partitions %s, %s", k1.row(), k2.row(), k1.partition(), k2.partition())
		}
		same := e1.Record.Key() == e2.Record.Key() && k1.second == k2.second && k1.month == k2.month
		if same != (k1.position() == k2.position()) {
			t.Fatalf("%q and %q have the keys %s and %s", id1, id2, k1.position(), k2.position())
		}
	})
}

// later reports whether a happened in a later second than b, as far as keys go.
func later(a, b Event) bool {
	return keySecond(a.Record.CreationTime) > keySecond(b.Record.CreationTime) ||
		monthOf(a.Record.CreationTime) > monthOf(b.Record.CreationTime)
}

func FuzzPositionsFromOutsideAreKeysOrRefused(f *testing.F) {
	f.Add("095678_8204741200_ca08441d-7876-4320-9c75-c0a3d99bcc4a")
	f.Add("095678_8204741200_31a74e780067ea651e7544d496bc3d97_audit_general")
	f.Add("1_2_3' or RowKey gt '")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if k, err := eventKeyAt(Position(text)); err == nil && (!validKey(k.row()) || string(k.position()) != text) {
			t.Errorf("event position %q is read as %q", text, k.position())
		}
		if k, err := ledgerKeyAt(Position(text)); err == nil && (!validKey(k.row()) || string(k.position()) != text) {
			t.Errorf("content position %q is read as %q", text, k.position())
		}
	})
}

func TestContentThatNoKeyCanBeMadeOfIsRefused(t *testing.T) {
	for name, c := range map[string]audit.Content{
		"no id":             {Type: "Audit.General", Created: at("2026-11-21T00:00:00Z")},
		"an endless id":     {ID: strings.Repeat("x", 2001), Type: "Audit.General", Created: at("2026-11-21T00:00:00Z")},
		"no type":           {ID: "a", Created: at("2026-11-21T00:00:00Z")},
		"a path as type":    {ID: "a", Type: "../x", Created: at("2026-11-21T00:00:00Z")},
		"an underscore":     {ID: "a", Type: "Audit_General", Created: at("2026-11-21T00:00:00Z")},
		"no created":        {ID: "a", Type: "Audit.General"},
		"created too early": {ID: "a", Type: "Audit.General", Created: at("1969-12-31T23:59:59Z")},
		"created too late":  {ID: "a", Type: "Audit.General", Created: at("2286-11-20T17:46:40Z")},
	} {
		if err := checkContent(c); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if err := checkContent(content("a", "2026-11-21T00:00:00Z")); err != nil {
		t.Error(err)
	}
}

func TestMonthsAreReadFromTheirOwnTablesOnly(t *testing.T) {
	for name, want := range map[string]month{
		"events202611": monthOf(at("2026-11-01T00:00:00Z")), "events000001": 0,
		"events202600": -1, "events202613": -1, "events20261": -1, "events2026110": -1,
		"eventsabcdef": -1, "index202611": -1, "events": -1, "Events202611": -1,
	} {
		m, ok := monthOfTable(eventsPrefix, name)
		if ok != (want >= 0) || ok && m != want {
			t.Errorf("%s is the table of month %v, %v", name, m, ok)
		}
		if ok && m.table(eventsPrefix) != name {
			t.Errorf("%s has the table %s", name, m.table(eventsPrefix))
		}
	}
}
