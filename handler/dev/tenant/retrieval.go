package tenant

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
)

// retrieve answers with a content.
func (t *Tenant) retrieve(c *call) *apiError {
	if !validKey(c.id) {
		return newError(http.StatusBadRequest, "AF20052", "Blob key %s in the url is invalid.", c.id)
	}
	i, found := t.find(c.id)
	if !found || i.available.After(c.now) {
		return noContent(c.id)
	}
	sub, f := t.readable(i.contentType, c.now)
	switch {
	case f != nil:
		return f
	case i.available.Before(sub.restarted):
		return noContent(c.id)
	case !c.now.Before(t.expiration(i)):
		return contentExpired(c.id)
	}
	if f := t.meetFate(c, i); f != nil {
		return f
	}
	t.send(c, i)
	return nil
}

// meetFate counts a content's mood, and refuses the content if that is its
// fate.
func (t *Tenant) meetFate(c *call, i item) *apiError {
	if i.fate == "" {
		return nil
	}
	t.moods.Load().count(i.fate)
	switch i.fate {
	case Expired:
		return contentExpired(c.id)
	case Missing:
		return noContent(c.id)
	case Vanished:
		return &apiError{status: http.StatusNotFound, bare: true}
	}
	return nil
}

// send sends the content, and notes when it was sent before.
func (t *Tenant) send(c *call, i item) {
	body := t.encode(c, i.bytes())
	c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if n, err := c.w.Write(body); err != nil || n < len(body) || c.spoiled {
		return
	}
	if !t.register.serve(c.id) {
		t.register.breach("audit: %s fetched again after it was sent", c.id)
	}
	t.midRun(i.contentType)
}

// encode compresses a body if that is the mood and the client takes it.
func (t *Tenant) encode(c *call, body []byte) []byte {
	m := t.moods.Load()
	if !m.has(Gzip) || !strings.Contains(c.r.Header.Get("Accept-Encoding"), "gzip") {
		return body
	}
	m.count(Gzip)
	c.w.Header().Set("Content-Encoding", "gzip")
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // the level is valid
	z.Write(body)                                   // neither fails on a buffer
	z.Close()
	return b.Bytes()
}

// midRun lets the moods strike that come once, when a client is well under way.
func (t *Tenant) midRun(contentType string) {
	m := t.moods.Load()
	if m == nil {
		return
	}
	m.mu.Lock()
	m.number++
	number := m.number
	m.mu.Unlock()
	if number >= 10 && m.once(TokenRevoked) {
		t.RevokeTokens()
	}
	if number >= 20 && m.once(SubscriptionDisabled) {
		t.Disable(contentType)
	}
}

// validKey reports whether an id has the shape of one.
func validKey(id string) bool {
	return len(id) < 200 && strings.Count(id, "$") >= 3
}

func noContent(id string) *apiError {
	return newError(http.StatusNotFound, "AF20050", "The specified content (%s) does not exist.", id)
}

func contentExpired(id string) *apiError {
	return newError(http.StatusBadRequest, "AF20051", "Content requested with the key %s has already expired. Content older than 7 days cannot be retrieved.", id)
}
