package query

import (
	"cmp"
	"slices"
	"strings"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// suggest says which names there are, instead of one that is none; of many,
// the nearest.
func suggest(wrong string, names []string) string {
	const few = 12
	if len(names) <= few {
		return "there are " + strings.Join(names, ", ")
	}
	const nearest = 5
	near := slices.Clone(names)
	distances := map[string]int{}
	for _, name := range near {
		distances[name] = distance(audit.Fold(clip(wrong)), audit.Fold(name))
	}
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(distances[a], distances[b]) })
	return "the nearest are " + strings.Join(near[:nearest], ", ")
}

// distance is how many letters have to be put in, left out or replaced to
// make b of a (Levenshtein's); a word that only goes on counts as near.
func distance(a, b string) int {
	if strings.Contains(b, a) && a != "" {
		return 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// nameList are the names of the numbers from 0 on.
func nameList(name func(int32) string) []string {
	var list []string
	for n := int32(0); name(n) != ""; n++ {
		list = append(list, name(n))
	}
	return list
}

func recordTypeNames() []string {
	var list []string
	for t := range audit.RecordTypes() {
		list = append(list, t.Name())
	}
	return list
}
