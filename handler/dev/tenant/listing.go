package tenant

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// listContent answers with a page of the contents created in a window.
func (t *Tenant) listContent(c *call) *apiError {
	contentType, f := checkType(c)
	if f != nil {
		return f
	}
	w, f := t.window(c)
	if f != nil {
		return f
	}
	sub, f := t.readable(contentType, c.now)
	if f != nil {
		return f
	}
	items := t.listed(contentType, w, sub, c.now)
	from, f := pageStart(c.query["nextpage"], w, len(items))
	if f != nil {
		return f
	}
	to := min(from+t.config.PageSize, len(items))
	if to < len(items) {
		t.setNextPage(c, contentType, w, from, to)
	}
	t.writeListing(c, items[from:to])
	return nil
}

// setNextPage sets the header that names the next page, or what a mood makes of
// it.
func (t *Tenant) setNextPage(c *call, contentType string, w window, from, to int) {
	m := t.moods.Load()
	next, header := t.nextPage(contentType, w, pageToken(w, to)), "NextPageUri"
	switch c.mood {
	case PageLoop:
		next = t.nextPage(contentType, w, pageToken(w, from))
	case StalePage:
		next = t.nextPage(contentType, w, "2015101900R022885001761")
	case ForeignPage: // the same server under its other name, which sees who comes
		next = strings.Replace(next, "127.0.0.1", "localhost", 1)
	}
	if c.mood == PageLoop || c.mood == StalePage || c.mood == ForeignPage {
		m.count(c.mood)
	}
	if m.has(OddCasing) {
		m.count(OddCasing)
		next, header = strings.NewReplacer("startTime", "starttime", "endTime", "endtime", "nextPage", "nextpage").Replace(next), "NEXTPAGEURI"
	}
	c.w.Header()[header] = []string{next}
}

// listed returns what a subscription lists of a window.
func (t *Tenant) listed(contentType string, w window, sub subscription, now time.Time) []item {
	s := t.stream(contentType)
	if s == nil || now.Sub(sub.begun) < t.config.Warmup {
		return nil
	}
	var items []item
	for _, i := range t.catalogue(s, w, now) {
		if !i.available.Before(sub.restarted) {
			items = append(items, i)
		}
	}
	return items
}

// A page's token names the hour of the window and the place in it. As contents
// are listed in the order of their availability, those that come while a client
// pages come at the end.
func pageToken(w window, offset int) string {
	return fmt.Sprintf("%sR%012d", w.start.Format("2006010215"), offset)
}

// pageStart returns the place at which the page of a token starts.
func pageStart(token string, w window, size int) (int, *apiError) {
	if token == "" {
		return 0, nil
	}
	if len(token) == 23 {
		offset, err := strconv.Atoi(token[11:])
		if err == nil && offset <= size && token == pageToken(w, offset) {
			return offset, nil
		}
	}
	return 0, newError(http.StatusBadRequest, "AF20031", "Invalid nextPage Input: %s.", token)
}

// nextPage returns the absolute URL of a page. It has the form that the
// reference prints: /api/v1/, and no PublisherIdentifier.
func (t *Tenant) nextPage(contentType string, w window, token string) string {
	return t.url + "/api/v1/" + t.config.TenantID + "/activity/feed/subscriptions/content?contentType=" + url.QueryEscape(contentType) +
		"&startTime=" + w.start.Format(windowLayout) + "&endTime=" + w.end.Format(windowLayout) + "&nextPage=" + token
}

// windowLayout is how a next page repeats the window.
const windowLayout = "2006-01-02T15:04:05.999999999"

// writeListing writes a page.
func (t *Tenant) writeListing(c *call, items []item) {
	m := t.moods.Load()
	o := object{[]byte{'['}}
	for _, i := range items {
		t.writeItem(&o, i)
		if m.has(DuplicateRows) && i.k%10 == 3 {
			m.count(DuplicateRows)
			t.writeItem(&o, i)
		}
	}
	c.w.Write(append(bytes.TrimSuffix(o.buf, []byte{','}), ']'))
}

// writeItem writes the five fields of a content, and a comma.
func (t *Tenant) writeItem(o *object, i item) {
	o.open()
	t.writeFields(o, i)
	o.close()
	o.buf = append(o.buf, ',')
}

func (t *Tenant) writeFields(o *object, i item) {
	o.text("contentUri", t.contentURI(i))
	o.text("contentId", i.contentID())
	o.text("contentType", i.contentType)
	o.time("contentCreated", i.created, contentLayout)
	o.time("contentExpiration", t.expiration(i), contentLayout)
}

func (t *Tenant) contentURI(i item) string {
	if m := t.moods.Load(); m.has(LocalhostURI) && i.k%5 == 1 {
		m.count(LocalhostURI)
		return "http://localhost/" + hexDigits[:8] + "/activity/feed/audit/" + i.contentID()
	}
	return t.url + "/api/v1.0/" + t.config.TenantID + "/activity/feed/audit/" + i.contentID()
}

// Content is a content as a complete client lists it.
type Content struct {
	ID         string    // contentId
	Type       string    // contentType
	Created    time.Time // contentCreated, UTC
	Expiration time.Time // contentExpiration, UTC
}

func (t *Tenant) content(i item) Content {
	return Content{i.contentID(), i.contentType, i.created, t.expiration(i)}
}
