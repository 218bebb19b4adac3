package audit

import (
	"fmt"
	"strconv"
	"strings"
)

// Filter says which record types are wanted. The zero Filter wants none.
type Filter struct {
	all   bool
	types map[RecordType]bool // not changed once made
}

// Everything wants records of all types.
var Everything = Filter{all: true}

// ParseFilter reads a comma list of record types, each a number, a name in any
// case, or "*" for all. Numbers that have no name are accepted, since new ones
// appear before they are published. The error names the item it is about.
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

// Wants reports whether records of this type are wanted.
func (f Filter) Wants(t RecordType) bool { return f.all || f.types[t] }
