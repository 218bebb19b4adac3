package store

import (
	"fmt"
	"strconv"
	"strings"
)

// A filter is a query's $filter. Every value goes in typed and quoted: the
// service matches nothing, or answers 500, where a property and a literal are
// of different types, and an unquoted value could say more than a value.
type filter struct {
	text        string
	comparisons int
}

// compare says property op value, where op is eq, ne, gt, ge, lt or le.
func compare(property, op, value string) filter {
	return filter{property + " " + op + " '" + strings.ReplaceAll(value, "'", "''") + "'", 1}
}

func compareNumber(property, op string, value int32) filter {
	return filter{property + " " + op + " " + strconv.FormatInt(int64(value), 10), 1}
}

func inPartition(key string) filter { return compare("PartitionKey", "eq", key) }

// keyBetween takes in both ends.
func keyBetween(property, first, last string) filter {
	return all(compare(property, "ge", first), compare(property, "le", last))
}

// all is the filters joined by and; those that say nothing are left out.
func all(filters ...filter) filter { return join(" and ", filters) }

// anyOf is the filters joined by or.
func anyOf(filters ...filter) filter {
	f := join(" or ", filters)
	if len(filters) > 1 {
		f.text = "(" + f.text + ")"
	}
	return f
}

func join(word string, filters []filter) filter {
	var texts []string
	n := 0
	for _, f := range filters {
		if f.comparisons > 0 {
			texts = append(texts, f.text)
			n += f.comparisons
		}
	}
	return filter{strings.Join(texts, word), n}
}

// odata is the filter as the service reads it.
func (f filter) odata() (string, error) {
	if f.comparisons > maxComparisons {
		return "", fmt.Errorf("filter of %d comparisons, at most %d", f.comparisons, maxComparisons)
	}
	return f.text, nil
}
