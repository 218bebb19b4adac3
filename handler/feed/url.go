package feed

import (
	"errors"
	"net/url"
	"strings"
	"time"
)

// timeLayout is the form of a time in a request: UTC, without a zone. The +
// of a zone would arrive as a space.
const timeLayout = "2006-01-02T15:04:05"

// feedPath returns the path of all operations on the tenant.
func (c *Client) feedPath(version string) string {
	return "/api/" + version + "/" + c.tenant + "/activity/feed/"
}

// operationURL returns the URL of an operation. Every request carries
// PublisherIdentifier; without it the request counts against a quota shared
// with all other such callers.
func (c *Client) operationURL(operation string, query url.Values) *url.URL {
	query.Set("PublisherIdentifier", c.publisher)
	u := *c.root
	u.Path = c.feedPath("v1.0") + operation
	u.RawQuery = query.Encode()
	return &u
}

// windowURL returns the URL of the first page of a listing.
func (c *Client) windowURL(contentType string, start, end time.Time) *url.URL {
	return c.operationURL("subscriptions/content", url.Values{
		"contentType": {contentType},
		"startTime":   {start.UTC().Format(timeLayout)},
		"endTime":     {end.UTC().Format(timeLayout)},
	})
}

// contentURL returns the URL of a content blob, built from its id only. The id
// becomes one segment of the path, whatever characters it has. url.PathEscape
// leaves its $ signs unescaped, as the API requires.
func (c *Client) contentURL(contentID string) *url.URL {
	u := c.operationURL("audit/"+contentID, url.Values{})
	u.RawPath = c.feedPath("v1.0") + "audit/" + url.PathEscape(contentID)
	return u
}

// maxPages ends a listing that would never end. A page holds some hundred
// items.
const maxPages = 1000

// seenPages is the set of page URLs that a listing has requested.
type seenPages map[string]bool

// follow returns the URL of the next page and adds it to seen. It returns an
// error of class Window if the listing must not request that page.
func (c *Client) follow(seen seenPages, uri string) (*url.URL, error) {
	u, err := c.nextPage(uri)
	if err != nil {
		return nil, listError(Window, err.Error())
	}
	if seen[u.String()] {
		return nil, listError(Window, "pagination loop: the API sent the same next page twice")
	}
	if len(seen) == maxPages {
		return nil, listError(Window, "the listing has over 1000 pages")
	}
	seen[u.String()] = true
	return u, nil
}

var errForeignPage = errors.New("foreign next page: not a listing of this tenant at this API")

// nextPage validates a NextPageUri and rebuilds it on the configured root. The
// URL must be this tenant's listing at the root, under /api/v1.0/ or, as in the
// reference's sample, /api/v1/. Only the query comes from the API; nextPage
// adds the publisher's identifier if it is missing. Everything else comes from
// the configuration, so that a URL that passes the check by mistake still
// reaches the API and nobody else.
func (c *Client) nextPage(uri string) (*url.URL, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Opaque != "" || u.User != nil || u.Fragment != "" {
		return nil, errForeignPage
	}
	if u.Scheme != c.root.Scheme || !equalASCIIFold(hostPort(u), hostPort(c.root)) {
		return nil, errForeignPage
	}
	for _, version := range []string{"v1.0", "v1"} {
		path := c.feedPath(version) + "subscriptions/content"
		if equalASCIIFold(u.EscapedPath(), path) {
			next := *c.root
			next.Path = path
			next.RawQuery = withPublisher(u.RawQuery, c.publisher)
			return &next, nil
		}
	}
	return nil, errForeignPage
}

// hostPort returns the host with its port, 443 if the URL has none.
func hostPort(u *url.URL) string {
	if u.Port() == "" {
		return strings.TrimSuffix(u.Host, ":") + ":443"
	}
	return u.Host
}

// equalASCIIFold compares without case, but only within ASCII. The letters
// outside ASCII that fold into it (Kelvin sign, long s) take more bytes, so the
// comparison of lengths excludes them.
func equalASCIIFold(a, b string) bool {
	return len(a) == len(b) && strings.EqualFold(a, b)
}

// withPublisher adds PublisherIdentifier to a query that lacks it. It does not
// decode and encode the query, because that could change its spelling.
func withPublisher(query, publisher string) string {
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err == nil && strings.EqualFold(plain, "PublisherIdentifier") {
			return query
		}
	}
	if query != "" {
		query += "&"
	}
	return query + "PublisherIdentifier=" + publisher
}
