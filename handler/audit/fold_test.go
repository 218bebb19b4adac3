package audit_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/labeltrail/labeltrail/handler/audit"
)

func TestFold(t *testing.T) {
	for _, test := range []struct{ a, b string }{
		{"adele@contoso.com", "ADELE@Contoso.COM"},
		{"Özlem", "öZLEM"},
		{"имя", "ИМЯ"},
		{"Kelvin", "\u212Aelvin"}, // the Kelvin sign is a k
		{"ſharp", "SHARP"},        // the long s is an s
		{"ΣΑΣ", "σας"},            // two small sigmas
		{"DŽ", "dž"},
		{"", ""},
	} {
		if a, b := audit.Fold(test.a), audit.Fold(test.b); a != b {
			t.Errorf("%q folds to %q, and %q to %q", test.a, a, test.b, b)
		}
	}
}

func TestFoldEveryRune(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		s := string(r)
		if other := string(unicode.SimpleFold(r)); audit.Fold(s) != audit.Fold(other) {
			t.Errorf("%q and %q fold apart", s, other)
		}
		if folded := audit.Fold(s); !strings.EqualFold(s, folded) || audit.Fold(folded) != folded {
			t.Errorf("%q folds to %q", s, folded)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("Straße", "STRASSE")
	f.Add("a\xffb", "A\xffB")
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = strings.ToValidUTF8(a, "\uFFFD"), strings.ToValidUTF8(b, "\uFFFD")
		if got, want := audit.Fold(a) == audit.Fold(b), strings.EqualFold(a, b); got != want {
			t.Errorf("%q and %q fold to one: %v, EqualFold: %v", a, b, got, want)
		}
	})
}

func TestFileName(t *testing.T) {
	for objectID, want := range map[string]string{
		`C:\Users\User\OneDrive - champion365\Cascade Car Schematics.docx`: "Cascade Car Schematics.docx",
		`c:\Data\Data03\Concert Schedule.docx`:                             "Concert Schedule.docx",
		`\\fileshare\capacity\_creds\Acme Request for Time Off.doc`:        "Acme Request for Time Off.doc",
		`fileshare\capacity\Data8\a.doc`:                                   "a.doc",
		`https://contoso.sharepoint.com/sites/finance/Plan 1.xlsx`:         "Plan 1.xlsx",
		`https://contoso.sharepoint.com/sites/finance/`:                    "finance",
		`C:\mixed/path\b.txt`:                                              "b.txt",
		`C:\folder\`:                                                       "folder",
		`Document2`:                                                        "Document2",
		`test.msg`:                                                         "test.msg",
		`\\`:                                                               "",
		``:                                                                 "",
	} {
		if got := audit.FileName(objectID); got != want {
			t.Errorf("the file name of %s is %q, want %q", objectID, got, want)
		}
	}
}
