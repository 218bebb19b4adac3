package query

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// statusAnswer is the answer of /api/v1/status. Times are absent where they
// are not known yet.
type statusAnswer struct {
	TenantID        string       `json:"tenantId,omitempty"`
	Version         string       `json:"version"`
	Time            time.Time    `json:"time"`
	Faults          []string     `json:"faults"`
	CompleteThrough time.Time    `json:"completeThrough,omitzero"`
	ContentTypes    []typeAnswer `json:"contentTypes"`
	LastPull        *store.Run   `json:"lastPull,omitempty"`
}

// typeAnswer is how one configured content type stands. It is what pull
// saved, but for what only pull needs.
type typeAnswer struct {
	ContentType     string       `json:"contentType"`
	Subscription    string       `json:"subscription,omitempty"`
	Webhook         string       `json:"webhook,omitempty"`
	ListedThrough   time.Time    `json:"listedThrough,omitzero"`
	CompleteThrough time.Time    `json:"completeThrough,omitzero"`
	Content         countAnswer  `json:"content"`
	OldestPending   time.Time    `json:"oldestPending,omitzero"`
	NextExpiration  time.Time    `json:"nextExpiration,omitzero"`
	Gaps            []store.Gap  `json:"gaps"`
	LastError       *store.Fault `json:"lastError,omitempty"`
}

// countAnswer is the number of contents in each state.
type countAnswer struct {
	Pending    int `json:"pending"`
	Done       int `json:"done"`
	Lost       int `json:"lost"`
	Unreadable int `json:"unreadable"`
}

// countedDays is how many days of contentCreated the counts cover, today
// among them.
const countedDays = 30

// status answers /api/v1/status. It reads what pull saved, and counts nothing
// itself: two requests to storage.
func (h *handler) status(r *http.Request, _ *meter) (response, error) {
	if _, err := readQuery(r.URL.RawQuery, nil); err != nil {
		return response{}, err
	}
	ctx, now := r.Context(), h.Now()
	statuses, err := h.Store.TypeStatuses(ctx)
	if err != nil {
		return response{}, fmt.Errorf("read how the content types stand: %w", err)
	}
	answer := newStatus(h.Tenant, h.Version, now)
	answer.CompleteThrough = earliest(h.ContentTypes, statuses)
	for _, name := range h.ContentTypes {
		answer.ContentTypes = append(answer.ContentTypes, typeStatus(name, statuses[name], now))
	}
	if answer.LastPull, err = h.lastPull(ctx); err != nil {
		return response{}, err
	}
	return jsonResponse(http.StatusOK, answer)
}

// newStatus is a status that knows of nothing yet.
func newStatus(tenant, version string, now time.Time) statusAnswer {
	return statusAnswer{
		TenantID: tenant, Version: version, Time: now.UTC().Truncate(time.Second),
		Faults: []string{}, ContentTypes: []typeAnswer{},
	}
}

func typeStatus(name string, t store.TypeStatus, now time.Time) typeAnswer {
	since := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-countedDays)
	answer := typeAnswer{
		ContentType: name, Subscription: t.Subscription, Webhook: t.Webhook,
		ListedThrough: t.ListedThrough, CompleteThrough: t.CompleteThrough,
		OldestPending: t.OldestPending, NextExpiration: t.NextExpiration,
		Gaps: append([]store.Gap{}, t.Gaps...), LastError: t.LastError,
	}
	for _, day := range t.Days {
		if !day.Day.Before(since) {
			answer.Content.add(day)
		}
	}
	return answer
}

func (c *countAnswer) add(day store.DayCount) {
	c.Pending += day.Pending
	c.Done += day.Done
	c.Lost += day.Lost
	c.Unreadable += day.Unreadable
}

// lastPull is the record of the last tick; nil before the first. Its error
// happened when it finished, and has no time of its own.
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
