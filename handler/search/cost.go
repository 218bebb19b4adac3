package search

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labeltrail/labeltrail/handler/query"
)

// A cost sums up an answer over all its pages.
type cost struct {
	rows, pages         int
	read, storage, took int64 // table rows, storage requests and milliseconds, from the pages' headers
	completeThrough     time.Time
	completeUnknown     bool // of some page
}

// add counts a page. The answer is complete through the earliest time that a
// page gives.
func (c *cost) add(rows int, h http.Header) {
	c.rows += rows
	c.pages++
	c.read += number(h, query.RowsHeader)
	c.storage += number(h, query.RequestsHeader)
	c.took += number(h, query.MillisecondsHeader)
	complete, err := time.Parse(time.RFC3339, h.Get(query.CompleteHeader))
	if err != nil {
		c.completeUnknown = true
	} else if c.completeThrough.IsZero() || complete.Before(c.completeThrough) {
		c.completeThrough = complete
	}
}

func number(h http.Header, name string) int64 {
	n, _ := strconv.ParseInt(h.Get(name), 10, 64)
	return n
}

// complete returns the time before which no event is missing; "" if unknown.
func (c *cost) complete() string {
	if c.completeUnknown || c.completeThrough.IsZero() {
		return ""
	}
	return c.completeThrough.UTC().Format(time.RFC3339)
}

// write writes the cost for people. more says that the answer has further rows.
func (c *cost) write(out io.Writer, more bool) {
	switch {
	case c.rows == 0:
		fmt.Fprintln(out, "nothing was found")
	case more:
		fmt.Fprintf(out, "the newest %s; more remain\n", count(c.rows, "event"))
	default:
		fmt.Fprintln(out, count(c.rows, "event"))
	}
	if through := c.complete(); through != "" {
		fmt.Fprintf(out, "the trail is complete through %s\n", through)
	} else {
		fmt.Fprintln(out, "completeness: unknown")
	}
	fmt.Fprintf(out, "%s; the app read %s with %s to storage, in %.1f s\n",
		count(c.pages, "page"), count(int(c.read), "row"), count(int(c.storage), "request"), float64(c.took)/1000)
}
