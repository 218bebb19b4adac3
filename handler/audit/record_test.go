package audit

import (
	"regexp"
	"testing"
)

func TestKeyIsAFunctionOfTheID(t *testing.T) {
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

// The key of a record without Id must not change from one version of the
// program to the next, or the record would be stored again.
func TestKeyWithoutIDIsOfTheCanonicalJSON(t *testing.T) {
	r := mustRecord(t, `{"RecordType":97, "CreationTime":"2026-11-20T10:00:00", "ClientIP":"\u0031", "Version":1.50}`)
	// printf '{"ClientIP":"1","CreationTime":"2026-11-20T10:00:00","RecordType":97,"Version":15e-1}' | sha256sum
	if got, want := r.Key(), "r51ae78fd4bf2edc782bbcebb005ed76c"; got != want {
		t.Errorf("the key is %s, want %s", got, want)
	}
}

func TestKeysUseTheirAlphabetOnly(t *testing.T) {
	alphabet := regexp.MustCompile(`^[0-9a-z-]{33,36}$`)
	for _, members := range []string{`"Id":"ÄÖ/?#"`, `"Id":""`, `"Id":12`, `"Id":"77B9A81F-AA2A-4E4A-BDB7-D35B03277FEC"`} {
		if key := mustRecord(t, event(members)).Key(); !alphabet.MatchString(key) {
			t.Errorf("%s has the key %s", members, key)
		}
	}
}

func TestTheZeroRecordHasNothing(t *testing.T) {
	var r Record
	if got := shown(&r); len(got) != 0 {
		t.Errorf("it has %v", got)
	}
}
