package tables

import (
	"fmt"
	"strconv"
	"strings"
)

// A filter is a query's $filter. Every value goes in typed and quoted: the
// service matches nothing, or answers 500, where a property and a literal are
// of different types, and an unquoted value could say more than a value.
type Filter struct {
	text        string
	Comparisons int
}

// compare says property op value, where op is eq, ne, gt, ge, lt or le.
func Compare(property, op, value string) Filter {
	return Filter{property + " " + op + " '" + strings.ReplaceAll(value, "'", "''") + "'", 1}
}

func CompareInt32(property, op string, value int32) Filter {
	return Filter{property + " " + op + " " + strconv.FormatInt(int64(value), 10), 1}
}

func InPartition(key string) Filter { return Compare("PartitionKey", "eq", key) }

// keyBetween takes in both ends.
func Between(property, first, last string) Filter {
	return And(Compare(property, "ge", first), Compare(property, "le", last))
}

// all is the filters joined by and; those that say nothing are left out.
func And(filters ...Filter) Filter { return join(" and ", filters) }

// anyOf is the filters joined by or.
func Or(filters ...Filter) Filter {
	f := join(" or ", filters)
	if len(filters) > 1 {
		f.text = "(" + f.text + ")"
	}
	return f
}

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

// odata is the filter as the service reads it.
func (f Filter) odata() (string, error) {
	if f.Comparisons > MaxComparisons {
		return "", fmt.Errorf("filter of %d comparisons, at most %d", f.Comparisons, MaxComparisons)
	}
	return f.text, nil
}
