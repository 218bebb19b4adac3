package tenant

import (
	"bytes"
	"net/http"
	"slices"
	"sync"
	"time"
)

// cooldown is how long a client must wait between two starts.
const cooldown = 15 * time.Minute

// subscription is the state of one content type. It is kept when the
// subscription is stopped, for the memory of what that lost.
type subscription struct {
	enabled   bool
	stopped   bool
	begun     time.Time // first start
	restarted time.Time // what became available before is lost; zero if never stopped
	settled   time.Time // until then a restart has not taken hold
	changed   time.Time // last start that changed anything
	requested time.Time // last start
	webhook   *webhook
}

// subscriptions are the tenant's, by content type.
type subscriptions struct {
	mu     sync.Mutex
	byType map[string]*subscription
}

// get returns a content type's subscription, if it was ever started. The caller
// holds the lock.
func (s *subscriptions) get(contentType string) *subscription {
	if sub := s.byType[contentType]; sub != nil && !sub.stopped {
		return sub
	}
	return nil
}

// checkType returns the content type that a call names.
func checkType(c *call) (string, *apiError) {
	contentType := c.query["contenttype"]
	if contentType == "" {
		return "", newError(http.StatusBadRequest, "AF20001", "Missing parameter: contentType.")
	}
	if !slices.Contains(contentTypes, contentType) {
		return "", newError(http.StatusBadRequest, "AF20020", "The specified content type is not valid.")
	}
	return contentType, nil
}

// start enables a subscription, or changes its webhook.
func (t *Tenant) start(c *call) *apiError {
	contentType, f := checkType(c)
	if f != nil {
		return f
	}
	hook, f := readWebhook(c)
	if f != nil {
		return f
	}
	if f := t.mayStart(contentType, hook, c); f != nil {
		return f
	}
	if hook != nil { // not under the lock: the endpoint may well ask for the list
		if f := t.validate(c.r.Context(), hook); f != nil {
			return f
		}
	}
	t.subscriptions.mu.Lock()
	defer t.subscriptions.mu.Unlock()
	t.enable(contentType, hook, c.now)
	o := object{}
	t.subscriptions.get(contentType).write(&o, contentType, c.now, true)
	c.w.Write(o.buf)
	return nil
}

// mayStart refuses a start that changes nothing, and one that follows a change
// too soon.
func (t *Tenant) mayStart(contentType string, hook *webhook, c *call) *apiError {
	t.subscriptions.mu.Lock()
	defer t.subscriptions.mu.Unlock()
	sub := t.subscriptions.get(contentType)
	if sub == nil {
		return nil
	}
	if since := c.now.Sub(sub.requested); since < cooldown {
		t.register.breach("start: %s started %s after the last start", contentType, since.Round(time.Second))
	}
	sub.requested = c.now
	if sub.enabled && sub.webhook.same(hook, c.now) {
		return newError(http.StatusBadRequest, "AF20024", "The subscription is already enabled. No property change.")
	}
	if c.now.Sub(sub.changed) < cooldown {
		return tooMany(quotaMethod(OpStart), c.publisher)
	}
	return nil
}

// enable stores a start's outcome. The caller holds the lock.
func (t *Tenant) enable(contentType string, hook *webhook, now time.Time) {
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
}

// stop ends a subscription. What becomes available before it is started again
// is lost for good, and what was listed before can no longer be retrieved.
func (t *Tenant) stop(c *call) *apiError {
	contentType, f := checkType(c)
	if f != nil {
		return f
	}
	t.register.breach("stop: %s stopped, which loses data", contentType)
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

// list answers with the subscriptions.
func (t *Tenant) list(c *call) *apiError {
	t.subscriptions.mu.Lock()
	defer t.subscriptions.mu.Unlock()
	withStatus := !t.moods.Load().has(StatusMissing)
	o := object{[]byte{'['}}
	for _, contentType := range contentTypes {
		sub := t.subscriptions.get(contentType)
		if sub == nil {
			continue
		}
		if !withStatus {
			t.moods.Load().count(StatusMissing)
		}
		sub.write(&o, contentType, c.now, withStatus || !sub.enabled)
		o.buf = append(o.buf, ',')
	}
	c.w.Write(append(bytes.TrimSuffix(o.buf, []byte{','}), ']'))
	return nil
}

func (s *subscription) write(o *object, contentType string, now time.Time, withStatus bool) {
	o.open()
	o.text("contentType", contentType)
	if withStatus {
		o.text("status", s.status())
	}
	s.webhook.write(o, now)
	o.close()
}

func (s *subscription) status() string {
	if s.enabled {
		return "enabled"
	}
	return "disabled"
}

// readable returns the subscription whose contents a call may read. The caller
// holds no lock; the subscription returned is a copy.
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

func noSubscription() *apiError {
	return newError(http.StatusBadRequest, "AF20022", "No subscription found for the specified content type.")
}

// Disable disables a subscription as an administrator might: neither listing
// nor retrieval works (AF20023) until it is started again, at the soonest 15
// minutes after its last start.
func (t *Tenant) Disable(contentType string) {
	t.subscriptions.mu.Lock()
	defer t.subscriptions.mu.Unlock()
	if sub := t.subscriptions.get(contentType); sub != nil {
		sub.enabled = false
	}
}
