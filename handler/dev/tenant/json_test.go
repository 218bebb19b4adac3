package tenant

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzQuotedTextIsReadBackAsItWas(f *testing.F) {
	for _, s := range []string{"", `\\nwt-fs01\fin$`, "a \"b\"\r\n\t\x00\x1f<&>", "見積書 – Łódź"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("the tenant has no such text")
		}
		var back string
		if err := json.Unmarshal(appendQuoted(nil, s), &back); err != nil || back != s {
			t.Errorf("%q is read back as %q: %v", s, back, err)
		}
	})
}

func FuzzNoTextButATokenIsAToken(f *testing.F) {
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
			t.Errorf("%q is taken for a token", s)
		}
	})
}

func TestTemplatesNameFieldsThatExist(t *testing.T) {
	if _, err := compile(1, `{"Id":"{{nothing}}"}`); err == nil || !strings.Contains(err.Error(), `"nothing"`) {
		t.Errorf("compile says %v of an unknown field", err)
	}
}
