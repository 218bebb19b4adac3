package azurelike

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// page answers a query with a page as Azure might cut it.
func (t *Transport) page(c *call) (*http.Response, error) {
	if !c.isQuery() {
		return nil, nil
	}
	from, known := t.place(c)
	if !known {
		return c.refuse(invalidInput), nil
	}
	resp, err := t.base.RoundTrip(t.shortened(c, from))
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	answer, err := readRows(resp)
	if err != nil {
		return nil, err
	}
	t.cut(c, from, answer)
	t.setTokens(c, resp, answer.next)
	setBody(resp, answer.json(asked(c.query(), "$select")))
	return resp, nil
}

// query is what a call asks for.
func (c *call) query() url.Values { return c.original.URL.Query() }

// shortened is a query for no more rows than c asks for, that begins at a
// place, and for the keys of the rows, whether c asks for them or not.
func (t *Transport) shortened(c *call, from place) *http.Request {
	q := c.query()
	from.write(q)
	most := 1000 // Azure gives no more
	if top, err := strconv.Atoi(q.Get("$top")); err == nil && top < most {
		most = top
	}
	if most > 1 && c.chance.Float64() < t.options.ShortPages {
		t.did(ShortPage)
		// As often a few as some hundred.
		q.Set("$top", strconv.Itoa(1+c.chance.IntN(min(most, 1<<c.chance.IntN(11)))))
	}
	if names := asked(q, "$select"); names != nil {
		q.Set("$select", strings.Join(append(names, "PartitionKey", "RowKey"), ","))
	}
	r := c.original.Clone(c.original.Context())
	r.URL.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	return r
}

// asked is a list among the parameters of a query; nil if there is none.
func asked(q url.Values, name string) []string {
	if q.Get(name) == "" {
		return nil
	}
	return strings.Split(q.Get(name), ",")
}

// cut leaves out rows of an answer that began at a place, down to none.
func (t *Transport) cut(c *call, from place, a *rows) {
	empty, boundary := c.chance.Float64() < t.options.EmptyPages, c.chance.Float64() < t.options.PartitionTokens
	if empty && from.empty < emptyInARow {
		t.did(EmptyPage)
		a.rows, a.next = nil, from
		a.next.more, a.next.empty = true, from.empty+1
		return
	}
	if boundary && !c.listsTables() {
		t.cutAtPartition(c, a)
	}
}

// cutAtPartition ends an answer where a partition ends, if there is such a
// place in it or behind it. What is next then is the partition that begins.
func (t *Transport) cutAtPartition(c *call, a *rows) {
	var ends []int
	for i := 1; i < len(a.rows); i++ {
		if a.partition(i) != a.partition(i-1) {
			ends = append(ends, i)
		}
	}
	if n := len(a.rows); n > 0 && a.next.more && a.next.partition != a.partition(n-1) {
		ends = append(ends, n)
	}
	if len(ends) == 0 {
		return
	}
	t.did(PartitionToken)
	end := ends[c.chance.IntN(len(ends))]
	if end < len(a.rows) {
		a.next = place{more: true, partition: a.partition(end)}
	}
	a.next.row = ""
	a.rows = a.rows[:end]
}
