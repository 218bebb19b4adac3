package audit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What each kind of attribute makes of what was sent: UserId stands for Text,
// Platform for Int, IsProtected for Bool; "-" is absent.
func TestValuesAreReadLeniently(t *testing.T) {
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

func TestSensitiveInfoTypeDataIsTheArraysJSON(t *testing.T) {
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

func TestClientIPIsTrimmed(t *testing.T) {
	for sent, want := range map[string]string{
		`" 192.0.2.1"`: "192.0.2.1", `"[2001:db8::1]:443\t"`: "[2001:db8::1]:443", `"  "`: "-", `null`: "-",
	} {
		if got := or(shown(mustRecord(t, event(`"ClientIP":`+sent))), "ClientIP"); got != want {
			t.Errorf("%s is read as %q, want %q", sent, got, want)
		}
	}
}
