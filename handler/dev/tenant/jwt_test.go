package tenant

import (
	"strings"
	"testing"
)

func FuzzUnseal(f *testing.F) {
	key := []byte("key")
	sealed, err := seal(key, claims{Audience: "https://manage.office.com", Number: 1})
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", ".", "..", sealed, sealed + "A", strings.Replace(sealed, ".", "", 1)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := unseal(key, s); err == nil && strings.TrimRight(s, "\r\n") != sealed {
			t.Errorf("%q is accepted as a token", s)
		}
	})
}
