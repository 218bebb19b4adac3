package query

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// A trailStatus is the response of /api/v1/status. A time that is not known
// yet is absent.
type trailStatus struct {
	TenantID        string       `json:"tenantId,omitempty"`
	Version         string       `json:"version"`
	Time            time.Time    `json:"time"`
	Faults          []string     `json:"faults"`
	CompleteThrough time.Time    `json:"completeThrough,omitzero"`
	ContentTypes    []typeStatus `json:"contentTypes"`
	LastPull        *store.Run   `json:"lastPull,omitempty"`
}

// A typeStatus is the status of one configured content type: what pull saved,
// without the members that only pull needs.
type typeStatus struct {
	ContentType     string       `json:"contentType"`
	Subscription    string       `json:"subscription,omitempty"`
	Webhook         string       `json:"webhook,omitempty"`
	ListedThrough   time.Time    `json:"listedThrough,omitzero"`
	CompleteThrough time.Time    `json:"completeThrough,omitzero"`
	Content         stateCounts  `json:"content"`
	OldestPending   time.Time    `json:"oldestPending,omitzero"`
	NextExpiration  time.Time    `json:"nextExpiration,omitzero"`
	Gaps            []store.Gap  `json:"gaps"`
	LastError       *store.Fault `json:"lastError,omitempty"`
}

// A stateCounts holds the number of ledger entries in each state.
type stateCounts struct {
	Pending    int `json:"pending"`
	Done       int `json:"done"`
	Lost       int `json:"lost"`
	Unreadable int `json:"unreadable"`
}

// serveStatus serves /api/v1/status. It reads what pull saved and counts
// nothing itself: two requests to storage, whatever is stored.
func (h *handler) serveStatus(r *request) (response, error) {
	if _, err := parseQueryString(r.URL.RawQuery, nil); err != nil {
		return response{}, err
	}
	ctx, now := r.Context(), h.Now()
	saved, err := h.Store.TypeStatuses(ctx)
	if err != nil {
		return response{}, fmt.Errorf("read the status of the content types: %w", err)
	}
	s := newStatus(h.Tenant, h.Version, now)
	s.CompleteThrough = minCompleteThrough(h.ContentTypes, saved)
	for _, name := range h.ContentTypes {
		s.ContentTypes = append(s.ContentTypes, newTypeStatus(name, saved[name], now))
	}
	if s.LastPull, err = h.lastPull(ctx); err != nil {
		return response{}, err
	}
	return jsonResponse(http.StatusOK, s)
}

// newStatus returns a status without content types.
func newStatus(tenant, version string, now time.Time) trailStatus {
	return trailStatus{
		TenantID: tenant, Version: version, Time: now.UTC().Truncate(time.Second),
		Faults: []string{}, ContentTypes: []typeStatus{},
	}
}

func newTypeStatus(name string, t store.TypeStatus, now time.Time) typeStatus {
	since := ledger.Day(now).AddDate(0, 0, 1-store.StatusDays)
	s := typeStatus{
		ContentType: name, Subscription: t.Subscription, Webhook: t.Webhook,
		ListedThrough: t.ListedThrough, CompleteThrough: t.CompleteThrough,
		OldestPending: t.OldestPending, NextExpiration: t.NextExpiration,
		Gaps: append([]store.Gap{}, t.Gaps...), LastError: t.LastError,
	}
	for _, day := range t.Days { // may be old: nothing was counted since
		if !day.Day.Before(since) {
			s.Content.add(day)
		}
	}
	return s
}

func (c *stateCounts) add(day ledger.DayCount) {
	c.Pending += day.Pending
	c.Done += day.Done
	c.Lost += day.Lost
	c.Unreadable += day.Unreadable
}

// lastPull returns the record of the last tick, or nil before the first. Its
// error happened when it finished, and has no time of its own.
func (h *handler) lastPull(ctx context.Context) (*store.Run, error) {
	run, found, err := h.Store.LastRun(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the last run: %w", err)
	}
	if !found {
		return nil, nil
	}
	if run.Error != nil {
		run.Error = &store.Fault{Code: run.Error.Code, Message: run.Error.Message}
	}
	return &run, nil
}

// completeThrough returns the time before which everything that the API listed
// as created has been processed: it is stored, lost or unreadable. It is zero
// if that is not known yet.
func (h *handler) completeThrough(ctx context.Context) (time.Time, error) {
	saved, err := h.Store.TypeStatuses(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("read completeThrough: %w", err)
	}
	return minCompleteThrough(h.ContentTypes, saved), nil
}

// minCompleteThrough returns the earliest CompleteThrough of the configured
// content types, or zero if that of one is not known yet. Types that are no
// longer configured do not count.
func minCompleteThrough(types []string, saved map[string]store.TypeStatus) time.Time {
	var earliest time.Time
	for i, name := range types {
		t := saved[name].CompleteThrough
		if t.IsZero() {
			return time.Time{}
		}
		if i == 0 || t.Before(earliest) {
			earliest = t
		}
	}
	return earliest
}
