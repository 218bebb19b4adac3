package ledger

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
)

// Keys never change: a content blob with another key would be another entry.
func TestEntryKeys(t *testing.T) {
	c := audit.Content{ID: "492638008028$20261121105959$x", Type: "Audit.General", Created: at("2026-11-21T10:59:59Z")}
	k := keyOf(c)
	got := []string{k.table(), k.partition, k.row(), k.pendingRow(at("2026-11-28T10:59:59Z")), string(Entry{Content: c}.Position())}
	want := []string{
		"content202611", "audit_general", "c_8204741200_31a74e780067ea651e7544d496bc3d97",
		"p_1795863599_8204741200_31a74e780067ea651e7544d496bc3d97",
		"095678_8204741200_31a74e780067ea651e7544d496bc3d97_audit_general",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestEntryKeyTimeZone(t *testing.T) {
	zone := time.FixedZone("UTC+14", 14*3600)
	utc := at("2026-11-30T23:30:00Z") // already December in that zone
	here := Entry{Content: audit.Content{ID: "a", Created: utc}}.Position()
	there := Entry{Content: audit.Content{ID: "a", Created: utc.In(zone)}}.Position()
	if here != there {
		t.Errorf("%s in UTC, %s elsewhere", here, there)
	}
}

func FuzzEntryPosition(f *testing.F) {
	f.Add("095678_8204741200_ca08441d-7876-4320-9c75-c0a3d99bcc4a")
	f.Add("095678_8204741200_31a74e780067ea651e7544d496bc3d97_audit_general")
	f.Add("1_2_3' or RowKey gt '")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		if k, err := keyAt(keys.Position(text)); err == nil && (!keys.Valid(k.row()) || string(k.position()) != text) {
			t.Errorf("%q is read as %q", text, k.position())
		}
	})
}
