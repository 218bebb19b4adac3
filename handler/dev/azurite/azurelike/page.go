package azurelike

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxRows is the number of rows of Azure's largest page.
	maxRows = 1000
	// maxEmptyInARow is how many pages in a row may be empty.
	maxEmptyInARow = 3
)

// page responds to a query with a page as Azure might return it.
func (t *Transport) page(c *call) (*http.Response, error) {
	if !c.isQuery() {
		return nil, nil
	}
	from, known := t.readTokens(c)
	if !known {
		return c.reject(invalidInput), nil
	}
	resp, err := t.base.RoundTrip(t.limitedRequest(c, from))
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	rows, err := readRows(resp)
	if err != nil {
		return nil, err
	}
	t.truncate(c, from, rows)
	t.writeTokens(c, resp, rows.next)
	setBody(resp, rows.json(list(c.query(), "$select")))
	return resp, nil
}

// limitedRequest returns a request to Azurite that begins at from and may ask for
// fewer rows than c does. It always asks for the keys of the rows.
func (t *Transport) limitedRequest(c *call, from cursor) *http.Request {
	q := c.query()
	from.write(q)
	most := maxRows
	if top, err := strconv.Atoi(q.Get("$top")); err == nil && top < most {
		most = top
	}
	if most > 1 && c.random.Float64() < t.options.ShortPages {
		t.did(ShortPage)
		// The random exponent makes small pages as likely as large ones.
		q.Set("$top", strconv.Itoa(1+c.random.IntN(min(most, 1<<c.random.IntN(11)))))
	}
	if names := list(q, "$select"); names != nil {
		q.Set("$select", strings.Join(append(names, "PartitionKey", "RowKey"), ","))
	}
	r := c.original.Clone(c.original.Context())
	r.URL.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	return r
}

// list returns a comma-separated parameter of a query, or nil.
func list(q url.Values, name string) []string {
	if q.Get(name) == "" {
		return nil
	}
	return strings.Split(q.Get(name), ",")
}

// truncate may remove rows from a page that began at from, or all of them.
func (t *Transport) truncate(c *call, from cursor, r *rows) {
	empty, boundary := c.random.Float64() < t.options.EmptyPages, c.random.Float64() < t.options.PartitionTokens
	if empty && from.empty < maxEmptyInARow {
		t.did(EmptyPage)
		r.rows, r.next = nil, from
		r.next.more, r.next.empty = true, from.empty+1
		return
	}
	if boundary && !c.listsTables() {
		t.truncateAtPartition(c, r)
	}
}

// truncateAtPartition ends a page at a random end of a partition, if there is one in
// the page or at its end. The next page then begins with a partition.
func (t *Transport) truncateAtPartition(c *call, r *rows) {
	var ends []int
	for i := 1; i < len(r.rows); i++ {
		if r.partition(i) != r.partition(i-1) {
			ends = append(ends, i)
		}
	}
	if n := len(r.rows); n > 0 && r.next.more && r.next.partition != r.partition(n-1) {
		ends = append(ends, n)
	}
	if len(ends) == 0 {
		return
	}
	t.did(PartitionToken)
	end := ends[c.random.IntN(len(ends))]
	if end < len(r.rows) {
		r.next = cursor{more: true, partition: r.partition(end)}
	}
	r.next.row = ""
	r.rows = r.rows[:end]
}

// rows is the response to a query.
type rows struct {
	envelope map[string]json.RawMessage // without the rows
	rows     []map[string]json.RawMessage
	next     cursor // of the first row after these
}

func readRows(resp *http.Response) (*rows, error) {
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	r := &rows{}
	if err := json.Unmarshal(body, &r.envelope); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	if err := json.Unmarshal(r.envelope["value"], &r.rows); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	r.next, err = readCursor(resp.Header)
	return r, err
}

// json returns the body of the response. names are the selected properties, nil
// means all: keys that were not selected are removed.
func (r *rows) json(names []string) []byte {
	for _, row := range r.rows {
		for _, key := range []string{"PartitionKey", "RowKey"} {
			if names != nil && !slices.Contains(names, key) {
				delete(row, key)
			}
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if r.rows == nil {
		r.rows = []map[string]json.RawMessage{}
	}
	envelope := map[string]any{"value": r.rows}
	for name, value := range r.envelope {
		if name != "value" {
			envelope[name] = value
		}
	}
	if err := e.Encode(envelope); err != nil {
		panic(err) // cannot happen: it was decoded from JSON
	}
	return b.Bytes()
}

func (r *rows) partition(i int) string {
	var key string
	json.Unmarshal(r.rows[i]["PartitionKey"], &key) // Azurite's JSON is valid
	return key
}
