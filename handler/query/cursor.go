package query

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// A resumePoint is how far a question has been answered: the time window that
// is being read, and the last item read from it. Everything newer is done.
type resumePoint struct {
	from, to time.Time      // [from, to); empty between two windows
	after    store.Position // "" if nothing of the window has been read
}

// A cursor is the resume point at which a page of a question ended. Callers
// see it as base64url text that they pass on; inside it is JSON with a
// checksum.
//
// It needs no secret: it can only name a position among events, all of which
// the caller may read. The checksum detects cursors that were damaged or made
// up.
type cursor struct {
	Version  int            `json:"v"`
	Question string         `json:"q"` // hash of the question
	Start    int64          `json:"s"` // start of the question's range, Unix seconds
	From     int64          `json:"f"` // window in which the page ended, [From, To)
	To       int64          `json:"t"`
	After    store.Position `json:"p,omitempty"` // last item read from it; "" if none
	Sum      string         `json:"c"`
}

const cursorVersion = 1

var errCursor = errors.New("invalid cursor")

// cursorAt returns the cursor of a page of q that ended at p.
func cursorAt(q *question, p resumePoint) cursor {
	return cursor{
		Version: cursorVersion, Question: q.hash(),
		Start: q.from.Unix(), From: p.from.Unix(), To: p.to.Unix(), After: p.after,
	}
}

func (c cursor) start() time.Time { return time.Unix(c.Start, 0).UTC() }

func (c cursor) resumePoint() resumePoint {
	return resumePoint{time.Unix(c.From, 0).UTC(), time.Unix(c.To, 0).UTC(), c.After}
}

// String returns the cursor as callers see it.
func (c cursor) String() string {
	c.Sum = ""
	sum := sha256.Sum256(c.json())
	c.Sum = hex.EncodeToString(sum[:8])
	return base64.RawURLEncoding.EncodeToString(c.json())
}

func (c cursor) json() []byte {
	// Encoding numbers and strings cannot fail.
	b, _ := json.Marshal(c)
	return b
}

// parseCursor parses the result of String. It rejects any other encoding of
// the same cursor.
func parseCursor(s string) (cursor, error) {
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return cursor{}, errCursor
	}
	var c cursor
	if json.Unmarshal(text, &c) != nil || c.String() != s {
		return cursor{}, errCursor
	}
	if c.Version != cursorVersion || !c.hasValidTimes() {
		return cursor{}, errCursor
	}
	return c, nil
}

// hasValidTimes reports whether the times are in order, and in years that can
// be formatted as dates.
func (c cursor) hasValidTimes() bool {
	const first, last = -62167219200, 253402300799 // years 0 to 9999
	return first <= c.Start && c.Start <= c.From && c.From <= c.To && c.To <= last
}

// next returns the query string of the page that begins at p: the parameters
// given, in canonical form, and the cursor.
func (q *question) next(p resumePoint) string {
	var b strings.Builder
	for _, p := range q.parameters {
		given := q.given[p.name]
		if p.name == cursorName || len(given) == 0 {
			continue
		}
		if p.repetition == commaList {
			given = []string{strings.Join(given, ",")}
		}
		for _, value := range given {
			b.WriteString(p.name + "=" + queryEscape(value) + "&")
		}
	}
	return b.String() + cursorName + "=" + cursorAt(q, p).String()
}

// queryEscape leaves characters unescaped that a query may contain (RFC 3986)
// and that are frequent in dates, lists and addresses.
func queryEscape(s string) string {
	return strings.NewReplacer("%3A", ":", "%2C", ",", "%40", "@").Replace(url.QueryEscape(s))
}

// host matches a name or an IP address with an optional port.
var host = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

// origin returns the scheme and host under which the caller reaches this API.
// A front end sends X-Forwarded-Host and X-Forwarded-Proto. The Functions host
// forwards the caller's Host but not the scheme, which is https everywhere
// except on a developer's machine.
func origin(r *http.Request) (string, error) {
	name := firstItem(r.Header.Get("X-Forwarded-Host"))
	if !host.MatchString(name) {
		name = r.Host
	}
	if !host.MatchString(name) {
		return "", badRequest("InvalidHost", "Host", "invalid Host header")
	}
	scheme := strings.ToLower(firstItem(r.Header.Get("X-Forwarded-Proto")))
	if scheme != "https" && scheme != "http" {
		scheme = "https"
		if isLoopback(name) {
			scheme = "http"
		}
	}
	return scheme + "://" + name, nil
}

// firstItem returns the first item of a header that every proxy on the way
// appends to: the value that the caller itself used.
func firstItem(list string) string {
	item, _, _ := strings.Cut(list, ",")
	return strings.TrimSpace(item)
}

func isLoopback(host string) bool {
	name := (&url.URL{Host: host}).Hostname()
	ip, err := netip.ParseAddr(name)
	return strings.EqualFold(name, "localhost") || err == nil && ip.IsLoopback()
}
