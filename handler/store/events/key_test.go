package events

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
)

// Keys never change: an event with another key would be another row.
func TestEventKeys(t *testing.T) {
	e := Event{Record: record(t, "CA08441D-7876-4320-9c75-c0a3d99bcc4a", "2026-11-21T10:59:59Z", "")}
	got := []string{keyOf(e).table(), keyOf(e).partition(), keyOf(e).row(), string(e.Position())}
	want := []string{
		"events202611", "99501317", "8204741200_ca08441d-7876-4320-9c75-c0a3d99bcc4a",
		"095678_8204741200_ca08441d-7876-4320-9c75-c0a3d99bcc4a",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestEventKeyTimeZone(t *testing.T) {
	zone := time.FixedZone("UTC+14", 14*3600)
	utc := at("2026-11-30T23:30:00Z") // already December in that zone
	here := Event{Record: audit.Record{ID: guid(1), CreationTime: utc}}.Position()
	there := Event{Record: audit.Record{ID: guid(1), CreationTime: utc.In(zone)}}.Position()
	if here != there {
		t.Errorf("%s in UTC, %s elsewhere", here, there)
	}
}

func TestEventKeyOutOfRange(t *testing.T) {
	for _, x := range []struct{ time, partition, row, position string }{
		{"1601-01-01T00:00:00Z", "99999999", "9999999999_x", "100788_9999999999_x"},
		{"1969-12-31T23:59:59Z", "99999999", "9999999999_x", "096361_9999999999_x"},
		{"1970-01-01T00:00:00Z", "99999999", "9999999999_x", "096360_9999999999_x"},
		{"2286-11-20T17:46:39Z", "97222222", "0000000000_x", "092558_0000000000_x"},
		{"2286-11-20T17:46:40Z", "97222222", "0000000000_x", "092558_0000000000_x"},
		{"9999-12-31T23:59:59Z", "97222222", "0000000000_x", "000001_0000000000_x"},
	} {
		k := eventKey{keys.MonthOf(at(x.time)), keys.Second(at(x.time)), "x"}
		got := []string{k.partition(), k.row(), string(k.position())}
		if diff := cmp.Diff([]string{x.partition, x.row, x.position}, got); diff != "" {
			t.Errorf("%s:\n%s", x.time, diff)
		}
	}
}

func FuzzEventKey(f *testing.F) {
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
			if !keys.Valid(k.partition()) || !keys.Valid(k.row()) || len(k.partition()) != 8 {
				t.Fatalf("key %q %q", k.partition(), k.row())
			}
			if back, err := eventKeyAt(k.position()); err != nil || back != k {
				t.Fatalf("position %q of %v is read as %v, %v", k.position(), k, back, err)
			}
		}
		if later(e1, e2) && k1.position() > k2.position() {
			t.Fatalf("%v is later than %v but does not sort before it: %s, %s", e1.Record.CreationTime, e2.Record.CreationTime, k1.position(), k2.position())
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

// later reports whether a is in a later second or month than b, as keys see it.
func later(a, b Event) bool {
	return keys.Second(a.Record.CreationTime) > keys.Second(b.Record.CreationTime) ||
		keys.MonthOf(a.Record.CreationTime) > keys.MonthOf(b.Record.CreationTime)
}

func FuzzEventPosition(f *testing.F) {
	f.Add("095678_8204741200_ca08441d-7876-4320-9c75-c0a3d99bcc4a")
	f.Add("095678_8204741200_31a74e780067ea651e7544d496bc3d97_audit_general")
	f.Add("1_2_3' or RowKey gt '")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if k, err := eventKeyAt(keys.Position(text)); err == nil && (!keys.Valid(k.row()) || string(k.position()) != text) {
			t.Errorf("%q is read as %q", text, k.position())
		}
	})
}
