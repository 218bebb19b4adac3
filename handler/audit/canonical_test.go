package audit

import "testing"

func TestEqual(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		equal bool
	}{
		{`{"a":1,"b":[true,null]}`, "{ \"b\" : [ true,\n null ],\t\"a\":1 }", true},
		{`{"a":1,"a":2}`, `{"a":2}`, true},
		{`{"a":{"b":1},"a":{"c":1}}`, `{"a":{"c":1}}`, true},
		{`{"a":1}`, `{"A":1}`, false},
		{`{"a":null}`, `{}`, false},
		{`[1,2]`, `[2,1]`, false},
		{`[]`, `{}`, false},
		{`1`, `1.0`, true},
		{`1`, `1e0`, true},
		{`100`, `1E+2`, true},
		{`0.00150`, `15e-4`, true},
		{`-0`, `0.0e5`, true},
		{`-1`, `1`, false},
		{`1`, `"1"`, false},
		{`1`, `true`, false},
		{`9007199254740993`, `9007199254740992`, false},
		{`123456789012345678901234567890`, `12345678901234567890123456789e1`, true},
		{`1e99999999999999999999`, `10e99999999999999999998`, true},
		{`1e99999999999999999999`, `1e99999999999999999998`, false},
		{`"\u00e9\/\n"`, "\"é/\\u000a\"", true},
		{`"\ud83d\ude00"`, `"😀"`, true},
		{`"a"`, `"A"`, false},
		{"\"\xff\"", `"\ufffd"`, true}, // both decode to U+FFFD
		{`{`, `{`, true},
		{`{`, `{ `, false},
		{`1`, ``, false},
		{`1 1`, `1`, false},
	} {
		if Equal([]byte(c.a), []byte(c.b)) != c.equal || Equal([]byte(c.b), []byte(c.a)) != c.equal {
			t.Errorf("Equal(%s, %s) is not %v", c.a, c.b, c.equal)
		}
	}
}

// Stored keys contain the canonical form, so it must never change.
func TestCanonical(t *testing.T) {
	for sent, want := range map[string]string{
		` { "b" : [ 1.50 , -0, 1000 ] , "a" : null } `:   `{"a":null,"b":[15e-1,0,1e3]}`,
		`{"é":true,"z":false,"Z":{},"":[]}`:              `{"":[],"Z":{},"z":false,"é":true}`,
		"\"\\u0000\\u001f\\u007f\\u2028<>&\\\"\\\\\\/\"": "\"\\u0000\\u001f\u007f\u2028<>&\\\"\\\\/\"",
		`"\b\f\n\r\t"`:         `"\u0008\u000c\u000a\u000d\u0009"`,
		`-12.0300e-1`:          `-1203e-3`,
		`10e-1`:                `1`,
		`0.1e1`:                `1`,
		`18446744073709551616`: `18446744073709551616`,
	} {
		got, err := Canonical([]byte(sent))
		if err != nil || string(got) != want {
			t.Errorf("%s is written %s, want %s; error %v", sent, got, want, err)
		}
	}
}

func TestCanonicalInvalidJSON(t *testing.T) {
	for _, bad := range []string{"", " ", "{", "[1,]", `{"a":01}`, `"\c"`, "NaN", "1 2", "\xef\xbb\xbf1", nested(10_001)} {
		if got, err := Canonical([]byte(bad)); err == nil {
			t.Errorf("%.20q is written %.20s", bad, got)
		}
	}
}
