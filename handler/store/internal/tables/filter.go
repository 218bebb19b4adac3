package tables

import (
	"fmt"
	"strconv"
	"strings"
)

// A Filter is a query's $filter. The zero Filter selects everything.
//
// Every value is typed and quoted. The service matches nothing, or responds with
// 500, if a property and a literal differ in type; and an unquoted value could
// change the meaning of the filter.
type Filter struct {
	text        string
	Comparisons int
}

// Compare compares a string property with value. op is eq, ne, gt, ge, lt or le.
func Compare(property, op, value string) Filter {
	return Filter{property + " " + op + " '" + strings.ReplaceAll(value, "'", "''") + "'", 1}
}

// CompareInt32 is [Compare] for an Int32 property.
func CompareInt32(property, op string, value int32) Filter {
	return Filter{property + " " + op + " " + strconv.FormatInt(int64(value), 10), 1}
}

// InPartition selects one partition.
func InPartition(key string) Filter { return Compare("PartitionKey", "eq", key) }

// Between selects the values from first to last, both included.
func Between(property, first, last string) Filter {
	return And(Compare(property, "ge", first), Compare(property, "le", last))
}

// And selects what all filters select.
func And(filters ...Filter) Filter { return join(" and ", filters) }

// Or selects what any of the filters selects, and everything if it gets no filter.
func Or(filters ...Filter) Filter {
	f := join(" or ", filters)
	if len(filters) > 1 {
		f.text = "(" + f.text + ")"
	}
	return f
}

// join leaves out zero filters.
func join(word string, filters []Filter) Filter {
	var texts []string
	n := 0
	for _, f := range filters {
		if f.Comparisons > 0 {
			texts = append(texts, f.text)
			n += f.Comparisons
		}
	}
	return Filter{strings.Join(texts, word), n}
}

// odata returns the filter in the service's syntax.
func (f Filter) odata() (string, error) {
	if f.Comparisons > MaxComparisons {
		return "", fmt.Errorf("filter has %d comparisons, at most %d", f.Comparisons, MaxComparisons)
	}
	return f.text, nil
}
