package tenant

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
	"github.com/labeltrail/labeltrail/handler/dev/tenant/records"
)

// webhooks sends notifications.
type webhooks struct {
	client *http.Client
	turn   sync.Mutex // held by Notify, so that no two calls send the same batch
	sent   int        // notifications sent so far, failed ones included; guarded by turn
}

// Notify tells every enabled webhook about the content blobs that became
// available since it was started or since the last call, and returns how many it
// delivered. A notification that was not answered with status 200 is sent again
// by later calls, after at least one minute, then two, four and so on, until
// Config.NotifyFailures consecutive failures disable the webhook. The error
// describes the failed notifications.
func (t *Tenant) Notify(ctx context.Context) (sent int, err error) {
	t.webhooks.turn.Lock()
	defer t.webhooks.turn.Unlock()
	var failures []error
	for _, s := range t.streams {
		n, err := t.notifyStream(ctx, s)
		sent += n
		if err != nil {
			failures = append(failures, fmt.Errorf("notify %s: %w", s.ContentType, err))
		}
	}
	return sent, errors.Join(failures...)
}

// notifyStream sends all that is due for one content type, or up to the first
// failure.
func (t *Tenant) notifyStream(ctx context.Context, s *records.Stream) (int, error) {
	hook, batch := t.due(s)
	sent := 0
	for ; len(batch) > 0; hook, batch = t.due(s) {
		err := t.deliver(ctx, hook, batch)
		t.finish(s, hook, batch, err)
		if err != nil {
			return sent, err
		}
		sent += len(batch)
	}
	return sent, nil
}

// due adds what became available to the queue, and returns the batch to send
// now.
func (t *Tenant) due(s *records.Stream) (*webhook, []item) {
	now := t.now()
	t.subscriptions.mu.Lock()
	defer t.subscriptions.mu.Unlock()
	sub := t.subscriptions.get(s.ContentType)
	if sub == nil || !sub.enabled || sub.webhook == nil || sub.webhook.status(now) != "enabled" {
		return nil, nil
	}
	hook := sub.webhook
	for _, i := range t.catalogue(s, window{hook.notified.Add(-24 * time.Hour), now.Add(1)}, now) {
		if i.available.After(hook.notified) {
			hook.queue = append(hook.queue, i)
		}
	}
	hook.notified = now
	if now.Before(hook.retry) || len(hook.queue) == 0 {
		return hook, nil
	}
	d := dice.New(t.config.Seed, 'w', uint64(hook.queue[0].k))
	size := min(d.Between(1, t.config.NotifyBatch), len(hook.queue))
	return hook, slices.Clone(hook.queue[:size])
}

// notificationJSON is one content blob in a notification.
type notificationJSON struct {
	TenantID string `json:"tenantId"`
	ClientID string `json:"clientId"`
	contentJSON
}

// deliver posts a batch. Its Content-Type is the reference's, whose parameter
// has no name.
func (t *Tenant) deliver(ctx context.Context, hook *webhook, batch []item) error {
	var body []notificationJSON
	for _, i := range batch {
		body = append(body, notificationJSON{t.config.TenantID, t.identity.clientID, t.contentJSON(i)})
	}
	status, err := t.post(ctx, hook, http.Header{"Content-Type": {"application/json; utf-8"}}, encode(body))
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("endpoint answered with status %d", status)
	}
	return nil
}

// finish removes a delivered batch from the queue, or counts its failure.
func (t *Tenant) finish(s *records.Stream, hook *webhook, batch []item, err error) {
	t.webhooks.sent++
	t.subscriptions.mu.Lock()
	defer t.subscriptions.mu.Unlock()
	if err != nil {
		hook.fail(t.now(), t.config.NotifyFailures)
		return
	}
	hook.queue = hook.queue[len(batch):]
	hook.failures = 0
	if t.webhooks.sent >= 2 && t.faults.Load().once(WebhookNull) {
		t.subscriptions.get(s.ContentType).webhook = nil
	}
}

// fail counts a failure. It doubles the time to the next attempt, or disables
// the webhook at the limit.
func (h *webhook) fail(now time.Time, limit int) {
	h.failures++
	h.retry = now.Add(time.Minute << min(h.failures-1, 10))
	if h.failures >= limit {
		h.disabled, h.queue = true, nil
	}
}
