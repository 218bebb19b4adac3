package audit

import (
	"fmt"
	"strconv"
	"strings"
)

// Filter selects record types. The zero Filter selects none.
type Filter struct {
	all   bool
	types map[RecordType]bool // read-only once filled
}

// Everything selects all record types.
var Everything = Filter{all: true}

// ParseFilter reads a comma list of record types. Each is a number, a name in
// any case, or "*" for all. Numbers without a known name are valid, since
// services use new ones before Microsoft publishes them. The error names the
// invalid item.
func ParseFilter(s string) (Filter, error) {
	f := Filter{types: map[RecordType]bool{}}
	for item := range strings.SplitSeq(s, ",") {
		item = strings.TrimSpace(item)
		if item == "*" {
			f.all = true
			continue
		}
		t, err := parseRecordType(item)
		if err != nil {
			return Filter{}, err
		}
		f.types[t] = true
	}
	return f, nil
}

func parseRecordType(s string) (RecordType, error) {
	if t, ok := RecordTypeByName(s); ok {
		return t, nil
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("record type %q is neither a number nor a known name", s)
	}
	return RecordType(n), nil
}

// Wants reports whether f selects t.
func (f Filter) Wants(t RecordType) bool { return f.all || f.types[t] }
