package azurelike

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// A place is where a query goes on: with a row; with a partition, if row is "";
// or with a table.
type place struct {
	more           bool // false: there is no more
	partition, row string
	table          string
	empty          int // pages in a row before it that were empty
}

// Tokens are in parameters of a query and, with a prefix, in headers of an
// answer. Azurite's are the keys themselves: base64 of a row's, a table's as
// it is.
const (
	nextPartition = "NextPartitionKey"
	nextRow       = "NextRowKey"
	nextTable     = "NextTableName"
	continuation  = "x-ms-continuation-"
)

// readPlace reads Azurite's tokens.
func readPlace(h http.Header) (place, error) {
	partition, err1 := base64.StdEncoding.DecodeString(h.Get(continuation + nextPartition))
	row, err2 := base64.StdEncoding.DecodeString(h.Get(continuation + nextRow))
	if err1 != nil || err2 != nil {
		return place{}, fmt.Errorf("tokens %q, %q are not Azurite's", h.Get(continuation+nextPartition), h.Get(continuation+nextRow))
	}
	p := place{partition: string(partition), row: string(row), table: h.Get(continuation + nextTable)}
	p.more = p.partition+p.row+p.table != ""
	return p, nil
}

// write sets the parameters by which Azurite finds the place.
func (p place) write(q url.Values) {
	for name, value := range map[string]string{
		nextPartition: base64.StdEncoding.EncodeToString([]byte(p.partition)),
		nextRow:       base64.StdEncoding.EncodeToString([]byte(p.row)),
		nextTable:     p.table,
	} {
		if q.Del(name); value != "" {
			q.Set(name, value)
		}
	}
}

// A token's meaning: a key, which no client can read out of it, and how many
// pages before it were empty.
type meaning struct {
	key   string
	empty int
}

// setTokens puts tokens for a place into an answer to c.
func (t *Transport) setTokens(c *call, resp *http.Response, next place) {
	for _, name := range []string{nextPartition, nextRow, nextTable} {
		resp.Header.Del(continuation + name)
	}
	switch {
	case !next.more:
	case c.listsTables():
		resp.Header.Set(continuation+nextTable, t.token(c, next.table, next.empty))
	default:
		resp.Header.Set(continuation+nextPartition, t.token(c, next.partition, next.empty))
		if next.row != "" {
			resp.Header.Set(continuation+nextRow, t.token(c, next.row, next.empty))
		}
	}
}

func (t *Transport) token(c *call, key string, empty int) string {
	text := "1!16!" + strconv.FormatUint(c.chance.Uint64(), 16)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tokens[text] = meaning{key, empty}
	return text
}

// place is where a query is to begin, false if its tokens were never given.
// One that comes without the NextRowKey that it was given begins with the
// partition.
func (t *Transport) place(c *call) (place, bool) {
	var p place
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, key := range map[string]*string{nextPartition: &p.partition, nextRow: &p.row, nextTable: &p.table} {
		text := c.query().Get(name)
		if text == "" {
			continue
		}
		m, known := t.tokens[text]
		if !known {
			return place{}, false
		}
		*key, p.empty = m.key, m.empty
	}
	return p, true
}
