package feed

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// List lists the content blobs of a type that became available in [start, end),
// in the API's order, one element per page. Both times are truncated to the
// second, so that consecutive windows leave no gap. A window that is empty or
// longer than LongestWindow is an error of class Internal.
//
// The listing is complete if the loop ends without an error. An error ends the
// loop; the pages before it are correct but incomplete. If the next page cannot
// be requested, because its URL is outside the listing or was requested before,
// or the listing has over a thousand pages, the error has class Window. Items
// without a content id or a creation time are skipped; after the last page they
// yield an error of class Transient.
func (c *Client) List(ctx context.Context, contentType string, start, end time.Time) iter.Seq2[[]audit.Content, error] {
	start, end = start.Truncate(time.Second), end.Truncate(time.Second)
	return func(yield func([]audit.Content, error) bool) {
		if !start.Before(end) || end.Sub(start) > LongestWindow {
			yield(nil, listError(Internal, "a window must be longer than 0 and at most 24 hours"))
			return
		}
		first := c.windowURL(contentType, start, end)
		if err := c.listPages(ctx, contentType, first, yield); err != nil {
			yield(nil, err)
		}
	}
}

// listPages yields page after page, until the last one or until the consumer
// stops.
func (c *Client) listPages(ctx context.Context, contentType string, next *url.URL, yield func([]audit.Content, error) bool) error {
	var itemErr error
	seen := seenPages{next.String(): true}
	for {
		p, err := c.fetchPage(ctx, contentType, next)
		if err != nil {
			return err
		}
		if !yield(p.blobs, nil) {
			return nil
		}
		itemErr = cmp.Or(itemErr, p.itemErr)
		if p.next == "" {
			return itemErr
		}
		if next, err = c.follow(seen, p.next); err != nil {
			return err
		}
	}
}

// fetchPage fetches one page. The URL of the next page is in a header that the
// reference spells NextPageUri.
func (c *Client) fetchPage(ctx context.Context, contentType string, u *url.URL) (page, error) {
	var p page
	resp, err := c.do(ctx, request{
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
	p.next = resp.header.Get("NextPageUri")
	return p, nil
}

const opList = "list content"

func listError(class Class, message string) *Error {
	return &Error{Operation: opList, Class: class, Message: message}
}

type wireContent struct {
	ContentType string `json:"contentType"`
	ID          string `json:"contentId"`
	Created     string `json:"contentCreated"`
	Expiration  string `json:"contentExpiration"`
}

// A page is one page of a listing.
type page struct {
	blobs   []audit.Content
	itemErr error  // of the first unreadable item; blobs holds the others
	next    string // URL of the next page as the API sent it; "" on the last page
}

// parsePage parses a page. An item without a content id or a creation time does
// not cost the other items.
func parsePage(body []byte, contentType string) (page, error) {
	var items []json.RawMessage
	if err := unmarshalArray(body, &items); err != nil {
		return page{}, err
	}
	p := page{blobs: make([]audit.Content, 0, len(items))}
	for i, item := range items {
		content, err := parseItem(item, contentType)
		if err == nil {
			p.blobs = append(p.blobs, content)
		} else if p.itemErr == nil {
			p.itemErr = listError(Transient, fmt.Sprintf("item %d of %d: %v", i+1, len(items), err))
		}
	}
	return p, nil
}

func parseItem(item json.RawMessage, contentType string) (audit.Content, error) {
	var w wireContent
	if err := json.Unmarshal(item, &w); err != nil {
		return audit.Content{}, errors.New("not a JSON object of the documented form")
	}
	return w.content(contentType)
}

func (w wireContent) content(contentType string) (audit.Content, error) {
	if strings.TrimSpace(w.ID) == "" {
		return audit.Content{}, errors.New("missing contentId")
	}
	created, err := parseTime(w.Created)
	if err != nil {
		return audit.Content{}, fmt.Errorf("contentCreated: %w", err)
	}
	expiration, err := parseTime(w.Expiration)
	if err != nil {
		expiration = created.Add(Availability)
	}
	return audit.Content{ID: w.ID, Type: cmp.Or(w.ContentType, contentType), Created: created, Expiration: expiration}, nil
}

// parseTime parses a time of a listing, and quotes it if it is invalid.
func parseTime(s string) (time.Time, error) {
	t, err := audit.ParseTime(strings.TrimSpace(s))
	if err != nil {
		return time.Time{}, fmt.Errorf("invalid time %q", clean(s))
	}
	return t, nil
}
