package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
)

// nextPage is where an answer goes on; nil where it ends. An answer that goes
// on elsewhere is refused: the key would go there.
func (d *deployment) nextPage(h http.Header) (*url.URL, error) {
	link := nextLink(h)
	if link == "" {
		return nil, nil
	}
	u, err := url.Parse(link)
	if err != nil {
		return nil, errors.New("the address of the next page cannot be read")
	}
	if !sameOrigin(u, d.origin) {
		return nil, fmt.Errorf("the answer goes on at %s, which is not LABELTRAIL_URL (%s) and is sent no key; if they are the same app, "+
			"set LABELTRAIL_URL to the former, or let what is in front of the app send X-Forwarded-Host and X-Forwarded-Proto",
			originOf(u), originOf(d.origin))
	}
	return u, nil
}

// A link of a Link header, and its parameters (RFC 8288, 3). What is between
// the brackets may hold commas.
var (
	links   = regexp.MustCompile(`<([^<>]*)>((?:\s*;[^;,]*)*)`)
	relNext = regexp.MustCompile(`(?i);\s*rel\s*=\s*"?next"?\s*(;|$)`)
)

// nextLink is the link to the next page, which every format has in its
// headers; "" on the last page.
func nextLink(h http.Header) string {
	for _, value := range h.Values("Link") {
		all := links.FindAllStringSubmatch(value, -1)
		i := slices.IndexFunc(all, func(link []string) bool { return relNext.MatchString(link[2]) })
		if i >= 0 {
			return all[i][1]
		}
	}
	return ""
}
