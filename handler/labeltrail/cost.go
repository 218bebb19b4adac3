package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/labeltrail/labeltrail/handler/query"
)

// A cost is what an answer came to, all its pages together.
type cost struct {
	rows, pages         int
	read, storage, took int64 // rows of tables, requests to storage and milliseconds, as the pages say
	completeThrough     time.Time
	completeUnknown     bool // of some page
}

// add counts a page.
func (c *cost) add(rows int, h http.Header) {
	c.rows += rows
	c.pages++
	c.read += number(h, query.RowsHeader)
	c.storage += number(h, query.RequestsHeader)
	c.took += number(h, query.MillisecondsHeader)
	// An answer promises no more than each of its pages.
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

// complete is the time before which nothing is missing; "" if it is not known.
func (c *cost) complete() string {
	if c.completeUnknown || c.completeThrough.IsZero() {
		return ""
	}
	return c.completeThrough.UTC().Format(time.RFC3339)
}

// say says it for people. more tells that the answer has more than was wanted.
func (c *cost) say(out io.Writer, more bool) {
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
		fmt.Fprintln(out, "through when the trail is complete is not known")
	}
	fmt.Fprintf(out, "%s; the app read %s with %s to storage, in %.1f s\n",
		count(c.pages, "page"), count(int(c.read), "row"), count(int(c.storage), "request"), float64(c.took)/1000)
}

// count is a number of things.
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
