package records

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestNoiseShare(t *testing.T) {
	c := events(4, 3000, 30)
	c.NoiseShare = 0.95
	s := newStreamFor(t, c)
	total, size, types := 0, 0, map[int]int{}
	for k := range s.blobs() {
		for _, raw := range elements(t, s.Body(k)) {
			e := decode(t, raw)
			total++
			types[e.RecordType]++
			if !isLabelType[e.RecordType] {
				size += len(raw)
			}
		}
	}
	labels := 0
	for n := range isLabelType {
		labels += types[n]
	}
	if share := float64(total-labels) / float64(total); share < 0.9485 || share > 0.9505 {
		t.Errorf("%.4f of all records are noise, want 0.95", share)
	}
	if mean := size / (total - labels); mean < 700 || mean > 1300 {
		t.Errorf("noise has %d bytes per record", mean)
	}
	for _, n := range []int{63, 25, 6, 50, 2, 15, 8, 20, 117} {
		if types[n] == 0 {
			t.Errorf("missing record type %d: %v", n, types)
		}
	}
	if types[63]*2 < total {
		t.Errorf("endpoint DLP has %d of %d records, want most of them", types[63], total)
	}
}

func TestCompileUnknownField(t *testing.T) {
	if _, err := compile(1, `{"Id":"{{nothing}}"}`); err == nil || !strings.Contains(err.Error(), `"nothing"`) {
		t.Errorf("compile returns %v for an unknown field", err)
	}
}

func FuzzAppendQuoted(f *testing.F) {
	for _, s := range []string{"", `\\nwt-fs01\fin$`, "a \"b\"\r\n\t\x00\x1f<&>", "見積書 – Łódź"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("precondition: valid UTF-8")
		}
		var back string
		if err := json.Unmarshal(appendQuoted(nil, s), &back); err != nil || back != s {
			t.Errorf("%q reads back as %q: %v", s, back, err)
		}
	})
}
