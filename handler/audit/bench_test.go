package audit

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"
)

// BenchmarkParse measures Parse against json.Valid on the same bytes, in turns
// in the same run. x/valid is how many times as long Parse takes: the median of
// the turns, so that a busy machine does not decide it.
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

// compactSamples is the valid samples as the API sends them, on one line.
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

// mixed is a content of n records: every period-th from some, the others from most.
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
