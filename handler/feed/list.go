package feed

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// longestWindow is the API's limit. It has been seen to answer wider ones with
// a part of the content and no error.
const longestWindow = 24 * time.Hour

// List lists the contents of a type that became available in [start, end), in
// the order of the API, one element a page. Both times are cut to the second,
// so that a window that starts where another ended leaves no gap. A window of
// over 24 hours, or without any length, is an error of
// class Internal.
//
// The listing is complete when the loop ends without an error. An error ends
// it; what came before remains true, but is not all. Where the further pages
// of a listing cannot be asked for, because the API names a page outside
// itself, names one twice, or has over a thousand, the error is of
// Window. Rows that do not say which content they are, or when it was made, are
// left out, and are an error of class Transient behind the last page.
func (c *Client) List(ctx context.Context, contentType string, start, end time.Time) iter.Seq2[[]audit.Content, error] {
	start, end = start.Truncate(time.Second), end.Truncate(time.Second)
	return func(yield func([]audit.Content, error) bool) {
		if !start.Before(end) || end.Sub(start) > longestWindow {
			yield(nil, listError(Internal, "a window must be longer than nothing and at most 24 hours"))
			return
		}
		next := c.windowURL(contentType, start, end)
		if err := c.listPages(ctx, contentType, next, yield); err != nil {
			yield(nil, err)
		}
	}
}

// listPages yields page after page until there is none, or no more is taken.
func (c *Client) listPages(ctx context.Context, contentType string, next *url.URL, yield func([]audit.Content, error) bool) error {
	var damage error
	trail := pageTrail{next.String(): true}
	for {
		p, err := c.page(ctx, contentType, next)
		if err != nil {
			return err
		}
		if !yield(p.contents, nil) {
			return nil
		}
		damage = or(damage, p.damage)
		if p.next == "" {
			return damage
		}
		if next, err = c.follow(trail, p.next); err != nil {
			return err
		}
	}
}

// page fetches one page. The URI of the page after it is in a header that the
// reference spells NextPageUri.
func (c *Client) page(ctx context.Context, contentType string, u *url.URL) (p page, err error) {
	a, err := c.do(ctx, request{
		operation: opList,
		method:    http.MethodGet,
		url:       u,
		notFound:  Configuration,
		accept: func(body []byte) (err error) {
			p, err = parsePage(body, contentType)
			return err
		},
	})
	if err != nil {
		return page{}, err
	}
	p.next = a.header.Get("NextPageUri")
	return p, nil
}

const opList = "list content"

func listError(class Class, message string) *Error {
	return &Error{Operation: opList, Class: class, Message: message}
}
