package audit

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzParse checks Parse's guarantees on any bytes, and compares it with
// encoding/json on valid arrays.
func FuzzParse(f *testing.F) {
	for _, name := range sampleNames(f, "events/*.json") {
		f.Add([]byte("["+string(sample(f, name))+"]"), true)
	}
	f.Add([]byte("\xef\xbb\xbf[{\"RecordType\":94,\"a\":\"C:\\Data\\\"},NaN,{}}, ]"), true)
	f.Add([]byte(`[{"recordtype":6,"Record\u0054ype":94,"CreationTime":"2026-11-20T10:00:00"},"]"]`), false)
	f.Fuzz(func(t *testing.T, content []byte, all bool) {
		want := mustFilter(t, map[bool]string{true: "*", false: "94"}[all])
		p, err := Parse(content, want)
		if err != nil {
			if len(p.Records)+len(p.Rejects)+p.Total > 0 {
				t.Errorf("error %v, and %d elements", err, p.Total)
			}
			if isArray(content) {
				t.Errorf("a valid array: %v", err)
			}
			return
		}
		checkPlaces(t, p, all)
		for i := range p.Records {
			checkRecord(t, &p.Records[i].Record, content, want)
		}
		if isArray(content) {
			checkAgainstStandard(t, p, content, want)
		}
	})
}

func isArray(content []byte) bool {
	content = trimSpace(content)
	return len(content) > 0 && content[0] == '[' && json.Valid(content)
}

// checkPlaces checks that every element is counted exactly once.
func checkPlaces(t *testing.T, p Parsed, all bool) {
	seen := map[int]bool{}
	records, rejects := indexes(p)
	for _, i := range append(records, rejects...) {
		if i < 0 || i >= p.Total || seen[i] {
			t.Errorf("element %d of %d is out of range or counted twice", i, p.Total)
		}
		seen[i] = true
	}
	if all && len(seen) != p.Total {
		t.Errorf("%d of %d elements are records or rejects", len(seen), p.Total)
	}
}

func checkRecord(t *testing.T, r *Record, content []byte, want Filter) {
	if !json.Valid(r.JSON) || !bytes.Contains(content, r.JSON) || !want.Wants(r.RecordType) {
		t.Errorf("type %d, JSON %q", r.RecordType, r.JSON)
	}
	again, err := ParseRecord(r.JSON)
	if err != nil || again.Key() != r.Key() || again.CreationTime != r.CreationTime || !bytes.Equal(again.JSON, r.JSON) {
		t.Errorf("read again: error %v, key %s, was %s", err, again.Key(), r.Key())
	}
	if y := r.CreationTime.Year(); y < 1601 || y > 9999 {
		t.Errorf("the year is %d", y)
	}
}

// checkAgainstStandard compares with a reading of the same array by encoding/json.
func checkAgainstStandard(t *testing.T, p Parsed, content []byte, want Filter) {
	var elements []json.RawMessage
	if err := json.Unmarshal(trimSpace(content), &elements); err != nil {
		t.Fatal(err)
	}
	if len(elements) != p.Total {
		t.Fatalf("%d elements, encoding/json finds %d", p.Total, len(elements))
	}
	var wanted []int
	for i, e := range elements {
		if r, err := ParseRecord(e); err == nil && want.Wants(r.RecordType) {
			wanted = append(wanted, i)
		}
	}
	records, _ := indexes(p)
	if len(records) != len(wanted) {
		t.Fatalf("records %v, one by one %v", records, wanted)
	}
	for i, item := range p.Records {
		if item.Index != wanted[i] || !bytes.Equal(item.Record.JSON, elements[item.Index]) {
			t.Errorf("element %d is %q, want %d: %q", item.Index, item.Record.JSON, wanted[i], elements[wanted[i]])
		}
	}
}

// FuzzCanonical checks that the canonical form is valid JSON, is its own
// canonical form, and equals its source.
func FuzzCanonical(f *testing.F) {
	f.Add([]byte(`{"b":[1.50,-0.0e9,1E+2],"a":"\u00e9\ud800\/","a":null}`))
	f.Add([]byte("\"\xff\u2028\""))
	f.Add([]byte(`1e99999999999999999999`))
	f.Fuzz(func(t *testing.T, data []byte) {
		once, err := Canonical(data)
		if (err == nil) != json.Valid(data) {
			t.Fatalf("error %v of %q", err, data)
		}
		if err != nil {
			return
		}
		twice, err := Canonical(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%q is canonically %q, and that %q, error %v", data, once, twice, err)
		}
		if !Equal(data, once) || !Equal(once, data) {
			t.Errorf("%q does not equal its canonical form", data)
		}
	})
}

// FuzzEqual checks that Equal is symmetric, and that encoding/json decodes equal
// values to equal data.
func FuzzEqual(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":2}`), []byte(`{"b":2.0,"a":1e0}`))
	f.Add([]byte(`["1"]`), []byte(`[1]`))
	f.Add([]byte(`{`), []byte(`{`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		got := Equal(a, b)
		if got != Equal(b, a) {
			t.Fatalf("Equal(%q, %q) depends on the order", a, b)
		}
		var va, vb any
		if json.Unmarshal(a, &va) != nil || json.Unmarshal(b, &vb) != nil {
			return // invalid JSON, or a number outside float64
		}
		if got && !reflect.DeepEqual(va, vb) {
			t.Errorf("Equal(%q, %q), but encoding/json reads %v and %v", a, b, va, vb)
		}
	})
}
