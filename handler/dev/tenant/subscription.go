package tenant

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/records"
)

// cooldown is how long a client must wait between two starts.
const cooldown = 15 * time.Minute

// subscription is the state of one content type. It survives a stop, because
// what the stop loses stays lost after the next start.
type subscription struct {
	enabled   bool
	stopped   bool
	begun     time.Time // first start
	restarted time.Time // blobs available before then are lost; zero if never stopped
	settled   time.Time // a start after a stop takes effect then
	changed   time.Time // last start that changed anything
	requested time.Time // last start
	webhook   *webhook
}

// subscriptions are the tenant's subscriptions, by content type.
type subscriptions struct {
	mu     sync.Mutex
	byType map[string]*subscription
}

// get returns a content type's subscription, nil if it was never started or is
// stopped. The caller holds the lock.
func (s *subscriptions) get(contentType string) *subscription {
	if sub := s.byType[contentType]; sub != nil && !sub.stopped {
		return sub
	}
	return nil
}

// contentType returns the content type that a call names.
func (c *call) contentType() (string, *apiError) {
	contentType := c.query["contenttype"]
	if contentType == "" {
		return "", newError(http.StatusBadRequest, "AF20001", "Missing parameter: contentType.")
	}
	if !slices.Contains(records.ContentTypes(), contentType) {
		return "", newError(http.StatusBadRequest, "AF20020", "The specified content type is not valid.")
	}
	return contentType, nil
}

// start enables a subscription, or changes its webhook.
func (t *Tenant) start(c *call) *apiError {
	contentType, e := c.contentType()
	if e != nil {
		return e
	}
	hook, e := readWebhook(c)
	if e != nil {
		return e
	}
	if e := t.checkStart(contentType, hook, c); e != nil {
		return e
	}
	if hook != nil { // without the lock, since the endpoint may list the subscriptions before it answers
		if e := t.validate(c.r.Context(), hook); e != nil {
			return e
		}
	}
	t.subscriptions.mu.Lock()
	defer t.subscriptions.mu.Unlock()
	sub := t.enable(contentType, hook, c.now)
	writeJSON(c.w, sub.json(contentType, c.now))
	return nil
}

// checkStart returns an error for a start that changes nothing, and for one that
// follows a change too soon.
func (t *Tenant) checkStart(contentType string, hook *webhook, c *call) *apiError {
	t.subscriptions.mu.Lock()
	defer t.subscriptions.mu.Unlock()
	sub := t.subscriptions.get(contentType)
	if sub == nil {
		return nil
	}
	if since := c.now.Sub(sub.requested); since < cooldown {
		t.monitor.violation("start: %s started %s after the last start", contentType, since.Round(time.Second))
	}
	sub.requested = c.now
	if sub.enabled && sub.webhook.isSame(hook, c.now) {
		return newError(http.StatusBadRequest, "AF20024", "The subscription is already enabled. No property change.")
	}
	if c.now.Sub(sub.changed) < cooldown {
		return tooMany(quotaMethod(OpStart), c.publisher)
	}
	return nil
}

// enable stores the result of a start. The caller holds the lock.
func (t *Tenant) enable(contentType string, hook *webhook, now time.Time) *subscription {
	if t.subscriptions.byType == nil {
		t.subscriptions.byType = make(map[string]*subscription)
	}
	sub := t.subscriptions.byType[contentType]
	if sub == nil {
		sub = &subscription{begun: now}
		t.subscriptions.byType[contentType] = sub
	}
	if sub.stopped {
		sub.restarted, sub.stopped = now, false
	}
	sub.enabled, sub.changed, sub.requested = true, now, now
	sub.webhook = hook
	if hook != nil {
		hook.notified = now
	}
	return sub
}

// stop ends a subscription. Content blobs that become available before the next
// start are lost for good, and those listed before can no longer be fetched.
func (t *Tenant) stop(c *call) *apiError {
	contentType, e := c.contentType()
	if e != nil {
		return e
	}
	t.monitor.violation("stop: %s stopped, which loses data", contentType)
	t.subscriptions.mu.Lock()
	defer t.subscriptions.mu.Unlock()
	sub := t.subscriptions.get(contentType)
	if sub == nil {
		return noSubscription()
	}
	sub.stopped, sub.enabled, sub.webhook = true, false, nil
	sub.settled = c.now.Add(cooldown)
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// list sends the subscriptions.
func (t *Tenant) list(c *call) *apiError {
	t.subscriptions.mu.Lock()
	defer t.subscriptions.mu.Unlock()
	faults := t.faults.Load()
	list := []subscriptionJSON{}
	for _, contentType := range records.ContentTypes() {
		sub := t.subscriptions.get(contentType)
		if sub == nil {
			continue
		}
		row := sub.json(contentType, c.now)
		if faults.has(StatusMissing) {
			faults.count(StatusMissing)
			if sub.enabled {
				row.Status = ""
			}
		}
		list = append(list, row)
	}
	writeJSON(c.w, list)
	return nil
}

// subscriptionJSON is a subscription in a response.
type subscriptionJSON struct {
	ContentType string       `json:"contentType"`
	Status      string       `json:"status,omitempty"`
	Webhook     *webhookJSON `json:"webhook"`
}

func (s *subscription) json(contentType string, now time.Time) subscriptionJSON {
	status := "disabled"
	if s.enabled {
		status = "enabled"
	}
	return subscriptionJSON{contentType, status, s.webhook.json(now)}
}

// readable returns a copy of the subscription if its content blobs can be read.
// The caller must not hold the lock.
func (t *Tenant) readable(contentType string, now time.Time) (subscription, *apiError) {
	t.subscriptions.mu.Lock()
	defer t.subscriptions.mu.Unlock()
	sub := t.subscriptions.get(contentType)
	switch {
	case sub == nil:
		return subscription{}, noSubscription()
	case !sub.enabled || now.Before(sub.settled):
		return subscription{}, newError(http.StatusBadRequest, "AF20023", "The subscription was disabled.")
	}
	return *sub, nil
}

// Disable disables a subscription as an administrator might. Listing and
// fetching fail (AF20023) until it is started again, which works 15 minutes
// after its last start at the earliest.
func (t *Tenant) Disable(contentType string) {
	t.subscriptions.mu.Lock()
	defer t.subscriptions.mu.Unlock()
	if sub := t.subscriptions.get(contentType); sub != nil {
		sub.enabled = false
	}
}
