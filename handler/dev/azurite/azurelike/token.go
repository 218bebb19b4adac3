package azurelike

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// A cursor says where a query continues: at a row, at the start of a partition if
// row is "", or at a table.
type cursor struct {
	more           bool // false: the query has ended
	partition, row string
	table          string
	empty          int // empty pages in a row just before
}

// Names of tokens. They are parameters of a request and, with a prefix, headers of a
// response. Azurite's tokens are the keys: in base64 for rows, plain for tables.
const (
	nextPartition = "NextPartitionKey"
	nextRow       = "NextRowKey"
	nextTable     = "NextTableName"
	continuation  = "x-ms-continuation-"
)

// readCursor reads the tokens in Azurite's response.
func readCursor(h http.Header) (cursor, error) {
	partition, err1 := base64.StdEncoding.DecodeString(h.Get(continuation + nextPartition))
	row, err2 := base64.StdEncoding.DecodeString(h.Get(continuation + nextRow))
	if err1 != nil || err2 != nil {
		return cursor{}, fmt.Errorf("invalid tokens %q, %q from Azurite", h.Get(continuation+nextPartition), h.Get(continuation+nextRow))
	}
	c := cursor{partition: string(partition), row: string(row), table: h.Get(continuation + nextTable)}
	c.more = c.partition+c.row+c.table != ""
	return c, nil
}

// write sets the tokens of a request to Azurite.
func (c cursor) write(q url.Values) {
	for name, value := range map[string]string{
		nextPartition: base64.StdEncoding.EncodeToString([]byte(c.partition)),
		nextRow:       base64.StdEncoding.EncodeToString([]byte(c.row)),
		nextTable:     c.table,
	} {
		if q.Del(name); value != "" {
			q.Set(name, value)
		}
	}
}

// A tokenValue is what a token stands for: a key, and the number of empty pages in a
// row just before. Clients cannot read it.
type tokenValue struct {
	key   string
	empty int
}

// writeTokens replaces the tokens in a response by tokens for next.
func (t *Transport) writeTokens(c *call, resp *http.Response, next cursor) {
	for _, name := range []string{nextPartition, nextRow, nextTable} {
		resp.Header.Del(continuation + name)
	}
	switch {
	case !next.more:
	case c.listsTables():
		resp.Header.Set(continuation+nextTable, t.newToken(c, next.table, next.empty))
	default:
		resp.Header.Set(continuation+nextPartition, t.newToken(c, next.partition, next.empty))
		if next.row != "" {
			resp.Header.Set(continuation+nextRow, t.newToken(c, next.row, next.empty))
		}
	}
}

func (t *Transport) newToken(c *call, key string, empty int) string {
	text := "1!16!" + strconv.FormatUint(c.random.Uint64(), 16)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tokens[text] = tokenValue{key, empty}
	return text
}

// readTokens returns the cursor of a call. It returns false if the transport has never
// returned one of the tokens. If the client drops NextRowKey, the query continues at
// the start of the partition.
func (t *Transport) readTokens(call *call) (cursor, bool) {
	var c cursor
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, key := range map[string]*string{nextPartition: &c.partition, nextRow: &c.row, nextTable: &c.table} {
		text := call.query().Get(name)
		if text == "" {
			continue
		}
		value, known := t.tokens[text]
		if !known {
			return cursor{}, false
		}
		*key, c.empty = value.key, value.empty
	}
	return c, true
}
