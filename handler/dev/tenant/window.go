package tenant

import (
	"fmt"
	"net/http"
	"time"
)

// lookBack is how far back a listing may start.
const lookBack = 7 * 24 * time.Hour

// window is a half-open stretch of time.
type window struct{ start, end time.Time }

// timeLayouts are those of startTime and endTime that the service takes. All
// allow a fraction of a second.
var timeLayouts = []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00"}

func parseTime(text string) (time.Time, error) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("time %q has none of the layouts that are accepted", text)
}

// window returns the window that a listing asks for: by default the last 24
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

func parseWindow(start, end string) (w window, name string, err error) {
	if w.start, err = parseTime(start); err != nil {
		return w, "startTime", err
	}
	w.end, err = parseTime(end)
	return w, "endTime", err
}

// checkWindow refuses a window that is empty, too wide or too old.
func (t *Tenant) checkWindow(c *call, w window) *apiError {
	span, age := w.end.Sub(w.start), c.now.Sub(w.start)
	if span > 24*time.Hour {
		t.register.breach("%s: window of %s", c.operation, span)
	}
	if age > lookBack {
		t.register.breach("%s: window starts more than 7 days back", c.operation)
	}
	if span <= 0 {
		t.register.breach("%s: window of %s", c.operation, span)
	}
	if m := t.moods.Load(); span > 24*time.Hour && m.has(PartialWindow) {
		m.count(PartialWindow)
		return nil
	}
	if span <= 0 || span > 24*time.Hour || age > lookBack+t.config.Grace {
		return newError(http.StatusBadRequest, "AF20055",
			"Start time and end time must both be specified (or both omitted) and must be less than or equal to 24 hours apart, with the start time prior to end time and start time no more than 7 days in the past. StartTime:%s, EndTime:%s",
			w.start.Format("1/2/2006 3:04:05 PM"), w.end.Format("1/2/2006 3:04:05 PM"))
	}
	return nil
}
