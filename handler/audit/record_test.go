package audit

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestKey(t *testing.T) {
	const guid = "77b9a81f-aa2a-4e4a-bdb7-d35b03277fec"
	for id, want := range map[string]string{
		guid:                                   guid,
		"77B9A81F-AA2A-4E4A-BDB7-D35B03277FEC": guid,
		" " + guid + " ":                       guid,
		// The digests are those of sha256sum, cut to 32 digits.
		"x":                                    "x2d711642b726b04401627ca9fbac32f5",
		"X":                                    "x4b68ab3847feda7d6c62c1fbcbeebfa3",
		"77b9a81faa2a4e4abdb7d35b03277fec":     "x" + hash([]byte("77b9a81faa2a4e4abdb7d35b03277fec")),
		"{" + guid + "}":                       "x" + hash([]byte("{"+guid+"}")),
		"77b9a81f-aa2a-4e4a-bdb7-d35b03277feg": "x" + hash([]byte("77b9a81f-aa2a-4e4a-bdb7-d35b03277feg")),
		"77b9a81f-aa2a-4e4a-bdb7_d35b03277fec": "x" + hash([]byte("77b9a81f-aa2a-4e4a-bdb7_d35b03277fec")),
		"/\\\\#?\\u0001":                       "x" + hash([]byte("/\\#?\x01")),
	} {
		if got := mustRecord(t, event(`"Id":"`+id+`"`)).Key(); got != want {
			t.Errorf("the key of %q is %s, want %s", id, got, want)
		}
	}
}

// The key of a record without an Id must never change between versions, or the
// record would be stored a second time.
func TestKeyWithoutID(t *testing.T) {
	r := mustRecord(t, `{"RecordType":97, "CreationTime":"2026-11-20T10:00:00", "ClientIP":"\u0031", "Version":1.50}`)
	// printf '{"ClientIP":"1","CreationTime":"2026-11-20T10:00:00","RecordType":97,"Version":15e-1}' | sha256sum
	if got, want := r.Key(), "r51ae78fd4bf2edc782bbcebb005ed76c"; got != want {
		t.Errorf("the key is %s, want %s", got, want)
	}
}

func TestKeyAlphabet(t *testing.T) {
	alphabet := regexp.MustCompile(`^[0-9a-z-]{33,36}$`)
	for _, members := range []string{`"Id":"ÄÖ/?#"`, `"Id":""`, `"Id":12`, `"Id":"77B9A81F-AA2A-4E4A-BDB7-D35B03277FEC"`} {
		if key := mustRecord(t, event(members)).Key(); !alphabet.MatchString(key) {
			t.Errorf("%s has the key %s", members, key)
		}
	}
}

func TestZeroRecord(t *testing.T) {
	var r Record
	if got := shown(&r); len(got) != 0 {
		t.Errorf("it has %v", got)
	}
}

// UserId stands for all Text attributes, Platform for Int, IsProtected for Bool.
// "-" means absent.
func TestParseValues(t *testing.T) {
	for sent, want := range map[string][3]string{
		`"abc"`:                              {"abc", "-", "-"},
		`""`:                                 {"-", "-", "-"},
		`" "`:                                {" ", "-", "-"},
		`null`:                               {"-", "-", "-"},
		`{}`:                                 {"-", "-", "-"},
		`[1]`:                                {"-", "-", "-"},
		`0`:                                  {"0", "0", "false"},
		`1`:                                  {"1", "1", "true"},
		`1.0`:                                {"1.0", "1", "-"},
		`-1`:                                 {"-1", "-1", "-"},
		`1e0`:                                {"1e0", "1", "-"},
		`1.5`:                                {"1.5", "-", "-"},
		`1e400`:                              {"1e400", "-", "-"},
		`2147483647`:                         {"2147483647", "2147483647", "-"},
		`2147483648`:                         {"2147483648", "-", "-"},
		`-2147483648`:                        {"-2147483648", "-2147483648", "-"},
		`"1"`:                                {"1", "1", "true"},
		`" 4 "`:                              {" 4 ", "4", "-"},
		`"NaN"`:                              {"NaN", "-", "-"},
		`"Infinity"`:                         {"Infinity", "-", "-"},
		`true`:                               {"true", "-", "true"},
		`false`:                              {"false", "-", "false"},
		`"True"`:                             {"True", "-", "true"},
		`"FALSE"`:                            {"FALSE", "-", "false"},
		`"Mac"`:                              {"Mac", "2", "-"},
		`"web browser"`:                      {"web browser", "5", "-"},
		`"a\\b\/c\"d\b\f\n\r\t"`:             {"a\\b/c\"d\b\f\n\r\t", "-", "-"},
		`"C:\\users\u00e9"`:                  {"C:\\usersé", "-", "-"},
		`"\ud83d\ude00 \ud83d\u0041 \udc00"`: {"😀 \uFFFDA \uFFFD", "-", "-"},
		"\"a\xffb\xfe\xfec\"":                {"a\uFFFDb\uFFFD\uFFFDc", "-", "-"},
		"\"\xc3\xa9\\\\\"":                   {"é\\", "-", "-"},
	} {
		r := mustRecord(t, event(`"UserId":`+sent+`,"Platform":`+sent+`,"ProtectionEventData":{"IsProtected":`+sent+`}`))
		m := shown(r)
		got := [3]string{or(m, "UserId"), or(m, "Platform"), or(m, "IsProtected")}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sent, diff)
		}
	}
}

func or(m map[string]string, name string) string {
	if s, ok := m[name]; ok {
		return s
	}
	return "-"
}

func TestParseSensitiveInfoTypeData(t *testing.T) {
	for sent, want := range map[string]string{
		`[]`:                      "-",
		"[\n\n  ]":                "-",
		`null`:                    "-",
		`{}`:                      "-",
		`1`:                       "-",
		`"[]"`:                    "-",
		`""`:                      "-",
		`"[ {\"Count\": 2} ]"`:    `[{"Count":2}]`,
		`"none"`:                  "-",
		`"[not JSON"`:             "-",
		`[ {"Count" : 2} , null]`: `[{"Count":2},null]`,
		"[\"\xff\"]":              "[\"\uFFFD\"]",
	} {
		if got := or(shown(mustRecord(t, event(`"SensitiveInfoTypeData":`+sent))), "SensitiveInfoTypeData"); got != want {
			t.Errorf("%s is read as %s, want %s", sent, got, want)
		}
	}
}

func TestParseClientIP(t *testing.T) {
	for sent, want := range map[string]string{
		`" 192.0.2.1"`: "192.0.2.1", `"[2001:db8::1]:443\t"`: "[2001:db8::1]:443", `"  "`: "-", `null`: "-",
	} {
		if got := or(shown(mustRecord(t, event(`"ClientIP":`+sent))), "ClientIP"); got != want {
			t.Errorf("%s is read as %q, want %q", sent, got, want)
		}
	}
}
