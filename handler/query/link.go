package query

import (
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// host is what may stand between // and / in the address of a next page: a
// name or an IP address, and perhaps a port.
var host = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

// origin is the scheme and host under which the caller reaches this API. A
// front end says so in X-Forwarded-Host and X-Forwarded-Proto; the Functions
// host passes on the Host that the caller used, and does not say that it was
// https, which it is anywhere but on a developer's machine.
func origin(r *http.Request) (string, error) {
	name := first(r.Header.Get("X-Forwarded-Host"))
	if !host.MatchString(name) {
		name = r.Host
	}
	if !host.MatchString(name) {
		return "", badRequest("InvalidHost", "Host", "the Host header is not a host")
	}
	scheme := strings.ToLower(first(r.Header.Get("X-Forwarded-Proto")))
	if scheme != "https" && scheme != "http" {
		scheme = "https"
		if loopback(name) {
			scheme = "http"
		}
	}
	return scheme + "://" + name, nil
}

// first is the first item of a header that every proxy on the way adds to:
// what the caller itself said.
func first(list string) string {
	item, _, _ := strings.Cut(list, ",")
	return strings.TrimSpace(item)
}

func loopback(host string) bool {
	name := (&url.URL{Host: host}).Hostname()
	ip, err := netip.ParseAddr(name)
	return strings.EqualFold(name, "localhost") || err == nil && ip.IsLoopback()
}

// next is the query string of the page that begins at p: what was given, and
// the cursor.
func (q *question) next(p place) string {
	var b strings.Builder
	for _, p := range q.parameters {
		given := q.given[p.name]
		if p.name == cursorName || len(given) == 0 {
			continue
		}
		if p.given == inLists {
			given = []string{strings.Join(given, ",")}
		}
		for _, value := range given {
			b.WriteString(p.name + "=" + queryEscape(value) + "&")
		}
	}
	return b.String() + cursorName + "=" + cursorAt(q, p).String()
}

// queryEscape leaves as they are the characters that a query may have as they
// are (RFC 3986) and that dates, lists and addresses are full of.
func queryEscape(s string) string {
	return strings.NewReplacer("%3A", ":", "%2C", ",", "%40", "@").Replace(url.QueryEscape(s))
}
