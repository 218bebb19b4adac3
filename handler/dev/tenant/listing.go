package tenant

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// lookBack is how far back a listing may start.
const lookBack = 7 * 24 * time.Hour

// contentLayout is the layout of contentCreated and contentExpiration.
const contentLayout = "2006-01-02T15:04:05.000Z"

// listContent sends a page of the content blobs created in a window.
func (t *Tenant) listContent(c *call) *apiError {
	contentType, e := c.contentType()
	if e != nil {
		return e
	}
	w, e := t.window(c)
	if e != nil {
		return e
	}
	sub, e := t.readable(contentType, c.now)
	if e != nil {
		return e
	}
	items := t.listed(contentType, w, sub, c.now)
	from, e := pageStart(c.query["nextpage"], w, len(items))
	if e != nil {
		return e
	}
	to := min(from+t.config.PageSize, len(items))
	if to < len(items) {
		t.setNextPage(c, contentType, w, from)
	}
	t.writePage(c, items[from:to])
	return nil
}

// listed returns the content blobs of a window that a subscription lists.
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

// setNextPage sets the header that names the page after the one that starts at
// from, possibly with a fault.
func (t *Tenant) setNextPage(c *call, contentType string, w window, from int) {
	faults := t.faults.Load()
	next, header := t.nextPage(contentType, w, pageToken(w, from+t.config.PageSize)), "NextPageUri"
	switch c.fault {
	case PageLoop:
		next = t.nextPage(contentType, w, pageToken(w, from))
	case StalePage:
		next = t.nextPage(contentType, w, "2015101900R022885001761")
	case ForeignPage: // this server by another name, so that the test sees who follows
		next = strings.Replace(next, "127.0.0.1", "localhost", 1)
	}
	if c.fault == PageLoop || c.fault == StalePage || c.fault == ForeignPage {
		faults.count(c.fault)
	}
	if faults.has(OddCasing) {
		faults.count(OddCasing)
		next, header = strings.NewReplacer("startTime", "starttime", "endTime", "endtime", "nextPage", "nextpage").Replace(next), "NEXTPAGEURI"
	}
	c.w.Header()[header] = []string{next} // Set would change the case
}

// pageToken names the hour of the window and the offset of the page. Content
// blobs are listed in the order in which they became available, so those that
// appear while a client pages come last.
func pageToken(w window, offset int) string {
	return fmt.Sprintf("%sR%012d", w.start.Format("2006010215"), offset)
}

// pageStart returns the offset of a page by its token.
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

// windowLayout is how the URL of a next page repeats the window.
const windowLayout = "2006-01-02T15:04:05.999999999"

// nextPage returns the absolute URL of a page. It has the form that the
// reference prints: /api/v1/, and no PublisherIdentifier.
func (t *Tenant) nextPage(contentType string, w window, token string) string {
	return t.url + "/api/v1/" + t.config.TenantID + "/activity/feed/subscriptions/content?contentType=" + url.QueryEscape(contentType) +
		"&startTime=" + w.start.Format(windowLayout) + "&endTime=" + w.end.Format(windowLayout) + "&nextPage=" + token
}

// contentJSON is a content blob in a listing.
type contentJSON struct {
	URI        string `json:"contentUri"`
	ID         string `json:"contentId"`
	Type       string `json:"contentType"`
	Created    string `json:"contentCreated"`
	Expiration string `json:"contentExpiration"`
}

func (t *Tenant) writePage(c *call, items []item) {
	faults := t.faults.Load()
	page := []contentJSON{}
	for _, i := range items {
		page = append(page, t.contentJSON(i))
		if faults.has(DuplicateRows) && i.k%10 == 3 {
			faults.count(DuplicateRows)
			page = append(page, t.contentJSON(i))
		}
	}
	writeJSON(c.w, page)
}

func (t *Tenant) contentJSON(i item) contentJSON {
	return contentJSON{
		t.contentURI(i), i.contentID(), i.ContentType, i.created.Format(contentLayout), t.expiration(i).Format(contentLayout),
	}
}

func (t *Tenant) contentURI(i item) string {
	if f := t.faults.Load(); f.has(LocalhostURI) && i.k%5 == 1 {
		f.count(LocalhostURI)
		return "http://localhost/01234567/activity/feed/audit/" + i.contentID()
	}
	return t.url + "/api/v1.0/" + t.config.TenantID + "/activity/feed/audit/" + i.contentID()
}

// window is a half-open interval of time.
type window struct{ start, end time.Time }

// timeLayouts are the layouts of startTime and endTime that the service accepts,
// each also with fractions of a second.
var timeLayouts = []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00"}

func parseTime(text string) (time.Time, error) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("invalid time %q", text)
}

// window returns the window that a listing requests, by default the last 24
// hours.
func (t *Tenant) window(c *call) (window, *apiError) {
	start, end := c.query["starttime"], c.query["endtime"]
	if start == "" && end == "" {
		return window{c.now.Add(-24 * time.Hour), c.now}, nil
	}
	if start == "" || end == "" {
		return window{}, newError(http.StatusBadRequest, "AF20030",
			"Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours apart, with the start time no more than 7 days in the past.")
	}
	w, name, err := parseWindow(start, end)
	if err != nil {
		return window{}, newError(http.StatusBadRequest, "AF20002", "Invalid parameter type: %s. Expected type: datetime", name)
	}
	return w, t.checkWindow(c, w)
}

// parseWindow also returns the name of the parameter that an error is about.
func parseWindow(start, end string) (w window, name string, err error) {
	if w.start, err = parseTime(start); err != nil {
		return w, "startTime", err
	}
	w.end, err = parseTime(end)
	return w, "endTime", err
}

// checkWindow returns an error for a window that is empty, too wide or too old.
func (t *Tenant) checkWindow(c *call, w window) *apiError {
	span, age := w.end.Sub(w.start), c.now.Sub(w.start)
	if span > 24*time.Hour || span <= 0 {
		t.monitor.violation("%s: window of %s", c.operation, span)
	}
	if age > lookBack {
		t.monitor.violation("%s: window starts more than 7 days back", c.operation)
	}
	if f := t.faults.Load(); span > 24*time.Hour && f.has(PartialWindow) {
		f.count(PartialWindow)
		return nil
	}
	if span <= 0 || span > 24*time.Hour || age > lookBack+t.config.Grace {
		return newError(http.StatusBadRequest, "AF20055",
			"Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours apart, with the start time prior to end time and start time no more than 7 days in the past. StartTime:%s, EndTime:%s",
			w.start.Format("1/2/2006 3:04:05 PM"), w.end.Format("1/2/2006 3:04:05 PM"))
	}
	return nil
}
