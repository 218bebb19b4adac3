package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

// A finding is one line of what fsck says. It holds ids and names, and never
// anything else of a record.
type finding struct {
	Kind        kind   `json:"kind"`
	Information bool   `json:"information,omitempty"` // it is no disagreement
	What        string `json:"what"`                  // content id, or event id as it is in keys
	Where       string `json:"where"`                 // name of a blob, or table/PartitionKey/RowKey
	Expected    string `json:"expected,omitempty"`
	Found       string `json:"found,omitempty"`
}

// A kind says what a finding is.
type kind string

const (
	rawMissing  kind = "raw-missing"  // the ledger says that there is a raw blob
	rawChanged  kind = "raw-changed"  // its bytes do not have the checksum that was recorded with them
	rawMetadata kind = "raw-metadata" // what it says of its content is not so
	rawUnknown  kind = "raw-unknown"  // the ledger has no entry for it

	ledgerMisfiled kind = "ledger-misfiled"         // a row whose columns do not lead to its key
	ledgerBlob     kind = "ledger-blob"             // the entry names another raw blob than its content's
	ledgerState    kind = "ledger-state"            // the entry's state is not what raw content shows
	ledgerCounts   kind = "ledger-counts"           // the entry's counts are not what raw content gives
	noPointer      kind = "pending-without-pointer" // no drain will find it
	noEntry        kind = "pointer-without-pending" // a drain will find what is not pending

	rowMissing     kind = "row-missing"     // a record that is to have a row has none
	rowRecord      kind = "row-record"      // the row's JSON is not that of the record it says it is
	rowSource      kind = "row-source"      // the row is not that of the earliest content with the event
	rowColumns     kind = "row-columns"     // columns are not what the record gives
	rowUnexplained kind = "row-unexplained" // no raw content has the event

	indexMissing     kind = "index-missing"     // a question for what a record says does not find it
	indexUnexplained kind = "index-unexplained" // an entry for what no record says

	// What is as it may be, and worth knowing.
	contentPending    kind = "content-pending"
	contentLost       kind = "content-lost"
	contentUnreadable kind = "content-unreadable"
	idTwoTimes        kind = "id-two-times" // the source gave one Id to events of different times: two rows
)

func (k kind) information() bool {
	return k == contentPending || k == contentLost || k == contentUnreadable || k == idTwoTimes
}

// A report writes findings as they come, one JSON object a line, and counts
// them. It may be used by several goroutines.
type report struct {
	mu     sync.Mutex
	out    *json.Encoder
	counts map[kind]int
	err    error // the first that writing met
}

func newReport(w io.Writer) *report {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return &report{out: out, counts: map[kind]int{}}
}

func (r *report) add(f finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f.Information = f.Kind.information()
	r.counts[f.Kind]++
	if err := r.out.Encode(f); r.err == nil {
		r.err = err
	}
}

// disagreements is how many there are.
func (r *report) disagreements() (n int) {
	for k, count := range r.counts {
		if !k.information() {
			n += count
		}
	}
	return n
}

// summary is the last line of what fsck says.
type summary struct {
	Kind          string       `json:"kind"` // "summary"
	Disagreements int          `json:"disagreements"`
	Kinds         map[kind]int `json:"kinds"` // of findings, those of information too
	tally
}

// end writes the summary, for machines and for people.
func (r *report) end(t tally, people io.Writer) error {
	n := r.disagreements()
	err := r.out.Encode(summary{"summary", n, r.counts, t})
	if r.err != nil {
		err = r.err
	}
	fmt.Fprintf(people, "checked %d contents, %d raw blobs with %d records, %d rows, %d index entries\n", t.Contents, t.Blobs, t.Records, t.Rows, t.Entries)
	if t.Contents+t.Blobs+t.Rows == 0 {
		fmt.Fprintln(people, "nothing is stored here: is it the right storage?")
	}
	if t.Unproven > 0 {
		fmt.Fprintf(people, "%d rows cannot be checked: their raw blob is missing or damaged\n", t.Unproven)
	}
	if t.Unwanted > 0 {
		fmt.Fprintf(people, "%d rows are of record types that RECORD_TYPES does not name\n", t.Unwanted)
	}
	fmt.Fprintf(people, "disagreements: %s\n", r.list(false))
	if info := r.list(true); info != "none" {
		fmt.Fprintf(people, "for information: %s\n", info)
	}
	return err
}

// list is the counts of the kinds that are information, or are not.
func (r *report) list(information bool) string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(r.counts)) {
		if k.information() == information {
			list = append(list, fmt.Sprintf("%s %d", k, r.counts[k]))
		}
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
