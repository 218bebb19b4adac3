package azurelike

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// The limits that Azurite doesn't know.
const (
	maxOperations  = 100
	maxProperties  = 252
	maxComparisons = 15
)

// refuse refuses what Azure refuses and Azurite accepts.
func (t *Transport) refuse(c *call) (*http.Response, error) {
	var resp *http.Response
	switch {
	case c.isTransaction():
		resp = c.refuseTransaction()
	case c.isQuery() && comparisons(c.original.URL.Query().Get("$filter")) > maxComparisons:
		resp = c.refuse(invalidInput)
	case c.table && !c.listsTables() && properties(c.body) > maxProperties:
		resp = c.refuse(tooManyProperties)
	}
	if resp != nil {
		t.did(Refused)
	}
	return resp, nil
}

func (c *call) refuseTransaction() *http.Response {
	n, partition := 0, ""
	for o := range c.operations() {
		switch {
		case n == 0:
			partition = o.partition
		case n == maxOperations:
			return c.refuseInside(n-1, tooManyOperations)
		case o.partition != partition:
			return c.refuseInside(n, otherPartition)
		}
		if properties(o.entity) > maxProperties {
			return c.refuseInside(n, tooManyProperties)
		}
		n++
	}
	return nil
}

// properties counts what an entity's JSON has beside keys, timestamp and what
// OData says of the others. A null is not stored.
func properties(entity []byte) int {
	var values map[string]any
	json.Unmarshal(entity, &values) // what is no JSON has none
	n := 0
	for name, value := range values {
		switch {
		case name == "PartitionKey" || name == "RowKey" || name == "Timestamp":
		case strings.Contains(name, "odata.") || value == nil:
		default:
			n++
		}
	}
	return n
}

var (
	literal    = regexp.MustCompile(`'(''|[^'])*'`)
	comparison = regexp.MustCompile(`(?i)\b(eq|ne|gt|ge|lt|le)\b`)
)

// comparisons counts the comparisons of a filter.
func comparisons(filter string) int {
	return len(comparison.FindAllString(literal.ReplaceAllString(filter, "''"), -1))
}
