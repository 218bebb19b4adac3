package audit_test

import (
	"strings"
	"testing"
	"unicode"

	"github.com/labeltrail/labeltrail/handler/audit"
)

func TestTextsThatDifferInCaseOnlyFoldToOne(t *testing.T) {
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

func TestEveryRuneFoldsWithThoseThatEqualFoldTakesForItsOwn(t *testing.T) {
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
