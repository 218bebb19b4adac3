package tenant

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
)

// fetch sends a content blob.
func (t *Tenant) fetch(c *call) *apiError {
	if !isBlobKey(c.id) {
		return newError(http.StatusBadRequest, "AF20052", "Blob key %s in the url is invalid.", c.id)
	}
	i, found := t.find(c.id)
	if !found || i.available.After(c.now) {
		return noContent(c.id)
	}
	sub, e := t.readable(i.ContentType, c.now)
	switch {
	case e != nil:
		return e
	case i.available.Before(sub.restarted):
		return noContent(c.id)
	case !c.now.Before(t.expiration(i)):
		return contentExpired(c.id)
	}
	if e := t.injectContent(i); e != nil {
		return e
	}
	t.send(c, i)
	return nil
}

// isBlobKey reports whether an id has the form of a contentId.
func isBlobKey(id string) bool {
	return len(id) < 200 && strings.Count(id, "$") >= 3
}

// injectContent counts the fault of a content blob, and returns its error if the
// fault makes the blob unavailable.
func (t *Tenant) injectContent(i item) *apiError {
	if i.fault == "" {
		return nil
	}
	t.faults.Load().count(i.fault)
	switch i.fault {
	case Expired:
		return contentExpired(i.contentID())
	case Missing:
		return noContent(i.contentID())
	case Vanished:
		return &apiError{status: http.StatusNotFound, bare: true}
	}
	return nil
}

// send sends a content blob, and counts a violation if it was sent before.
func (t *Tenant) send(c *call, i item) {
	body := t.compress(c, i.bytes())
	c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if n, err := c.w.Write(body); err != nil || n < len(body) || c.cut {
		return
	}
	if !t.monitor.countSent(c.id) {
		t.monitor.violation("audit: %s fetched again after it was sent", c.id)
	}
	t.injectOnce(i.ContentType)
}

// compress compresses a body in fault mode Gzip, if the client accepts it.
func (t *Tenant) compress(c *call, body []byte) []byte {
	f := t.faults.Load()
	if !f.has(Gzip) || !strings.Contains(c.r.Header.Get("Accept-Encoding"), "gzip") {
		return body
	}
	f.count(Gzip)
	c.w.Header().Set("Content-Encoding", "gzip")
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // never fails: the level is valid
	z.Write(body)                                   // nor does writing to a buffer
	z.Close()
	return b.Bytes()
}

// injectOnce injects the faults that occur once, when a client has fetched some
// content blobs.
func (t *Tenant) injectOnce(contentType string) {
	f := t.faults.Load()
	if f == nil {
		return
	}
	fetched := f.countFetched()
	if fetched >= 10 && f.once(TokenRevoked) {
		t.RevokeTokens()
	}
	if fetched >= 20 && f.once(SubscriptionDisabled) {
		t.Disable(contentType)
	}
}
