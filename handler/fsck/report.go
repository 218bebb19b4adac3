package fsck

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
)

// A finding is one line of fsck's output.
type finding struct {
	Kind        findingKind `json:"kind"`
	Information bool        `json:"information,omitempty"` // not a disagreement
	What        string      `json:"what"`                  // content id, or event id in its key form
	Where       string      `json:"where"`                 // name of a blob, or table/PartitionKey/RowKey
	Expected    string      `json:"expected,omitempty"`
	Found       string      `json:"found,omitempty"`
}

// A findingKind says what disagrees.
type findingKind string

const (
	rawMissing  findingKind = "raw-missing"  // the ledger says that there is a raw blob
	rawChanged  findingKind = "raw-changed"  // its bytes do not match the checksum that was recorded with them
	rawMetadata findingKind = "raw-metadata" // its metadata contradict its name or the ledger
	rawUnknown  findingKind = "raw-unknown"  // the ledger has no entry for it

	ledgerMisfiled        findingKind = "ledger-misfiled"         // the row's columns do not match its key
	ledgerBlob            findingKind = "ledger-blob"             // the entry names the raw blob of another content blob
	ledgerState           findingKind = "ledger-state"            // the entry's state contradicts the raw blob
	ledgerCounts          findingKind = "ledger-counts"           // the entry's counts contradict the raw blob
	pendingWithoutPointer findingKind = "pending-without-pointer" // no drain will find it
	pointerWithoutPending findingKind = "pointer-without-pending" // a drain will find an entry that is not pending

	rowMissing     findingKind = "row-missing"     // a record lacks its row
	rowRecord      findingKind = "row-record"      // the row's JSON is not that of its source record
	rowSource      findingKind = "row-source"      // the row's source is not the earliest content blob with the event
	rowColumns     findingKind = "row-columns"     // columns are not what the record gives
	rowUnexplained findingKind = "row-unexplained" // no raw blob has the event

	indexMissing     findingKind = "index-missing"     // a query for an attribute of the record does not find it
	indexUnexplained findingKind = "index-unexplained" // no record implies the entry

	// Kinds that are information and not disagreements.
	contentPending    findingKind = "content-pending"
	contentLost       findingKind = "content-lost"
	contentUnreadable findingKind = "content-unreadable"
	idTwoTimes        findingKind = "id-two-times" // Microsoft gave one Id to events of different times: two rows
)

func (k findingKind) isInformation() bool {
	return k == contentPending || k == contentLost || k == contentUnreadable || k == idTwoTimes
}

// A report writes each finding at once, one JSON object a line, and counts
// them. It is safe for concurrent use.
type report struct {
	mu     sync.Mutex
	out    *json.Encoder
	counts map[findingKind]int
	err    error // the first write error
}

func newReport(w io.Writer) *report {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	return &report{out: out, counts: map[findingKind]int{}}
}

func (r *report) add(f finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f.Information = f.Kind.isInformation()
	r.counts[f.Kind]++
	if err := r.out.Encode(f); r.err == nil {
		r.err = err
	}
}

// end writes the summary as the last line. It returns the first error that any
// write met.
func (r *report) end(t Tally) (Summary, error) {
	s := Summary{Kind: "summary", Kinds: r.counts, Tally: t}
	for k, n := range r.counts {
		if !k.isInformation() {
			s.Disagreements += n
		}
	}
	if err := r.out.Encode(s); r.err == nil {
		r.err = err
	}
	return s, r.err
}

// A Tally counts what a check has read.
type Tally struct {
	LedgerEntries int `json:"contents"`
	Done          int `json:"done"`
	Pending       int `json:"pending"`
	Lost          int `json:"lost"`
	Unreadable    int `json:"unreadable"`
	Blobs         int `json:"blobs"`
	Records       int `json:"records"` // in raw blobs, of any type
	Events        int `json:"events"`  // of wanted types; each is counted once
	Rows          int `json:"rows"`
	IndexEntries  int `json:"entries"`
	Unproven      int `json:"unproven"` // rows that cannot be checked: their raw blob is missing or damaged
	Unwanted      int `json:"unwanted"` // correct rows of record types that are not wanted
}

// A Summary is the result of a check, and the last line of its output.
type Summary struct {
	Kind          string              `json:"kind"` // "summary"
	Disagreements int                 `json:"disagreements"`
	Kinds         map[findingKind]int `json:"kinds"` // findings, information included
	Tally
}

// WriteText writes the summary for people.
func (s Summary) WriteText(w io.Writer) {
	fmt.Fprintf(w, "checked %d content blobs, %d raw blobs with %d records, %d rows, %d index entries\n", s.LedgerEntries, s.Blobs, s.Records, s.Rows, s.IndexEntries)
	if s.LedgerEntries+s.Blobs+s.Rows == 0 {
		fmt.Fprintln(w, "nothing is stored here: is it the right storage?")
	}
	if s.Unproven > 0 {
		fmt.Fprintf(w, "%d rows cannot be checked: their raw blob is missing or damaged\n", s.Unproven)
	}
	if s.Unwanted > 0 {
		fmt.Fprintf(w, "%d rows are of record types that RECORD_TYPES does not name\n", s.Unwanted)
	}
	fmt.Fprintf(w, "disagreements: %s\n", s.list(false))
	if info := s.list(true); info != "none" {
		fmt.Fprintf(w, "for information: %s\n", info)
	}
}

// list returns the counts of the kinds that are information, or of the others.
func (s Summary) list(information bool) string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(s.Kinds)) {
		if k.isInformation() == information {
			list = append(list, fmt.Sprintf("%s %d", k, s.Kinds[k]))
		}
	}
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
