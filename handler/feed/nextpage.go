package feed

import (
	"errors"
	"net/url"
	"strings"
)

// maxPages ends a listing that would not end. A page holds some hundred rows.
const maxPages = 1000

// pageTrail is the set of pages that a listing has asked for.
type pageTrail map[string]bool

// follow returns the URL of the next page, if the listing may go there.
func (c *Client) follow(trail pageTrail, uri string) (*url.URL, error) {
	u, err := c.nextPage(uri)
	if err != nil {
		return nil, listError(Window, err.Error())
	}
	if trail[u.String()] {
		return nil, listError(Window, "the pages of the listing go round in a circle")
	}
	if len(trail) == maxPages {
		return nil, listError(Window, "the listing has over 1000 pages")
	}
	trail[u.String()] = true
	return u, nil
}

var errForeignPage = errors.New("foreign next page: not a listing of this tenant at this API")

// nextPage makes of a NextPageUri the URL to ask. It must be this tenant's
// listing at the configured root, under /api/v1.0/ or, as the reference's
// sample has it, /api/v1/. Its query is taken as it is, with the publisher's
// identifier added if missing; the rest is written anew from the
// configuration, so that whatever slipped through the check would still be
// asked of the API and nobody else.
func (c *Client) nextPage(uri string) (*url.URL, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Opaque != "" || u.User != nil || u.Fragment != "" {
		return nil, errForeignPage
	}
	if u.Scheme != c.root.Scheme || !sameASCII(withPort(u), withPort(c.root)) {
		return nil, errForeignPage
	}
	for _, version := range []string{"v1.0", "v1"} {
		path := c.feedPath(version) + "subscriptions/content"
		if sameASCII(u.EscapedPath(), path) {
			next := *c.root
			next.Path = path
			next.RawQuery = withPublisher(u.RawQuery, c.publisher)
			return &next, nil
		}
	}
	return nil, errForeignPage
}

// withPort is the host with its port, the default one written out.
func withPort(u *url.URL) string {
	if u.Port() == "" {
		return strings.TrimSuffix(u.Host, ":") + ":443"
	}
	return u.Host
}

// sameASCII compares without regard to case, but for letters outside ASCII:
// those that fold into ASCII (the Kelvin sign, the long s) take more bytes.
func sameASCII(a, b string) bool {
	return len(a) == len(b) && strings.EqualFold(a, b)
}

// withPublisher adds PublisherIdentifier to a query that lacks it. The query
// is not parsed and written anew, because that would change its spelling.
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
