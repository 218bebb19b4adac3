package audit

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Parse reads each of Microsoft's sample records as its golden file shows.
func TestParseSamples(t *testing.T) {
	for _, name := range sampleNames(t, "events/*.json") {
		t.Run(filepath.Base(name), func(t *testing.T) {
			got := describe(mustParse(t, "["+string(sample(t, name))+"]"))
			golden := filepath.Join("golden", strings.TrimSuffix(filepath.Base(name), "json")+"txt")
			if *update {
				if err := os.WriteFile(filepath.Join("testdata", golden), []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(sample(t, golden)), got); diff != "" {
				t.Errorf("golden and record (-want +got):\n%s", diff)
			}
		})
	}
}

// describe returns the parsed form of a content blob of one element.
func describe(p Parsed) string {
	if len(p.Rejects) > 0 {
		return "rejected: " + p.Rejects[0].Reason + "\n"
	}
	r := &p.Records[0].Record
	lines := []string{
		"key: " + r.Key(),
		"Id: " + r.ID,
		"CreationTime: " + r.CreationTime.Format(time.RFC3339Nano),
		fmt.Sprintf("RecordType: %d %s", r.RecordType, r.RecordType.Name()),
	}
	attributes := shown(r)
	for a := range Attributes() {
		if s, ok := attributes[a.Name()]; ok {
			lines = append(lines, a.Name()+": "+s)
		}
	}
	return strings.Join(slices.Concat(lines, []string{""}), "\n")
}
