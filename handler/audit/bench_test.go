package audit

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// BenchmarkParse compares Parse with json.Valid on the same bytes, alternating in
// one run. x/valid is the ratio of the two times, as the median of all rounds: a
// busy machine then does not decide it.
func BenchmarkParse(b *testing.B) {
	aip := compactSamples(b, "events/9*.json")
	noise := compactSamples(b, "noise/*.json")
	want := mustFilter(b, "93,94,95,96,97,43,71,72,75,82,83,84")
	for _, c := range []struct {
		name    string
		content []byte
		records int
	}{
		{"95 of 100 records not wanted", mixed(1000, noise, aip, 20), 50},
		{"AIP records alone", mixed(1000, aip, aip, 20), 1000},
	} {
		b.Run(c.name, func(b *testing.B) { benchmarkParse(b, c.content, want, c.records) })
	}
}

func benchmarkParse(b *testing.B, content []byte, want Filter, records int) {
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	var ratios []float64
	for b.Loop() {
		start := time.Now()
		p, err := Parse(content, want)
		parse := time.Since(start)
		b.StopTimer()
		if err != nil || len(p.Records) != records || len(p.Rejects) != 0 {
			b.Fatalf("%d records, %d rejects, %v", len(p.Records), len(p.Rejects), err)
		}
		start = time.Now()
		if !json.Valid(content) {
			b.Fatal("the content is not valid JSON")
		}
		ratios = append(ratios, float64(parse)/float64(time.Since(start)))
		b.StartTimer()
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x/valid")
}

// BenchmarkMembers compares members with gjson's ForEach, the alternative.
func BenchmarkMembers(b *testing.B) {
	records := compactSamples(b, "events/9*.json")
	for name, list := range map[string]func(object, []byte) object{
		"ours": appendMembers,
		"gjson": func(o object, record []byte) object {
			gjson.ParseBytes(record).ForEach(func(key, value gjson.Result) bool {
				o = append(o, member{[]byte(key.Str), []byte(value.Raw)})
				return true
			})
			return o
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var o object
			for b.Loop() {
				for _, r := range records {
					o = list(o[:0], r)
				}
			}
		})
	}
}

// compactSamples returns the valid samples on one line each, as the API sends them.
func compactSamples(b *testing.B, pattern string) [][]byte {
	var all [][]byte
	for _, name := range sampleNames(b, pattern) {
		var compact bytes.Buffer
		if json.Compact(&compact, sample(b, name)) == nil {
			all = append(all, compact.Bytes())
		}
	}
	return all
}

// mixed returns a content blob of n records: every period-th from some, the others from most.
func mixed(n int, most, some [][]byte, period int) []byte {
	records := make([][]byte, n)
	for i := range records {
		records[i] = most[i%len(most)]
		if i%period == 0 {
			records[i] = some[i/period%len(some)]
		}
	}
	return slices.Concat([]byte("["), bytes.Join(records, []byte(",")), []byte("]"))
}
