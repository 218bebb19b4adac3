package tenant

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// webhooks sends notifications.
type webhooks struct {
	client *http.Client
	turn   sync.Mutex // held by Notify, so that no two calls send the same batch
	sent   int        // notifications sent so far; guarded by turn
}

// Notify tells every enabled webhook of the contents that became available
// since it was started, or since the last call, and returns how many it took.
// What an endpoint did not answer with 200 is sent again by later calls, at the
// soonest after one minute, two, four and so on, until Config.NotifyFailures
// failures in a row disable the webhook. The error says what an endpoint
// answered instead; it is not Notify's own.
func (t *Tenant) Notify(ctx context.Context) (sent int, err error) {
	t.webhooks.turn.Lock()
	defer t.webhooks.turn.Unlock()
	var failures []error
	for _, s := range t.streams {
		n, err := t.notifyOf(ctx, s)
		sent += n
		if err != nil {
			failures = append(failures, fmt.Errorf("notify %s: %w", s.contentType, err))
		}
	}
	return sent, errors.Join(failures...)
}

// notifyOf sends what is due of one content type, until it is or a send fails.
func (t *Tenant) notifyOf(ctx context.Context, s *stream) (int, error) {
	hook, batch := t.due(s)
	sent := 0
	for ; len(batch) > 0; hook, batch = t.due(s) {
		err := t.deliver(ctx, hook, batch)
		t.settle(s, hook, batch, err)
		if err != nil {
			return sent, err
		}
		sent += len(batch)
	}
	return sent, nil
}

// due moves what became available into the queue, and returns the batch to send
// now.
func (t *Tenant) due(s *stream) (*webhook, []item) {
	now := t.now()
	t.subscriptions.mu.Lock()
	defer t.subscriptions.mu.Unlock()
	sub := t.subscriptions.get(s.contentType)
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
	d := roll(t.config.Seed, 'w', uint64(hook.queue[0].k))
	size := min(d.between(1, t.config.NotifyBatch), len(hook.queue))
	return hook, slices.Clone(hook.queue[:size])
}

// deliver posts a batch. Its Content-Type is that of the reference, which has a
// parameter without a name.
func (t *Tenant) deliver(ctx context.Context, hook *webhook, batch []item) error {
	o := object{[]byte{'['}}
	for n, b := range batch {
		if n > 0 {
			o.buf = append(o.buf, ',')
		}
		o.open()
		o.text("tenantId", t.config.TenantID)
		o.text("clientId", t.identity.clientID)
		t.writeFields(&o, b)
		o.close()
	}
	status, err := t.post(ctx, hook, http.Header{"Content-Type": {"application/json; utf-8"}}, append(o.buf, ']'))
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("endpoint answered %d", status)
	}
	return nil
}

// settle notes what came of a batch.
func (t *Tenant) settle(s *stream, hook *webhook, batch []item, err error) {
	t.webhooks.sent++
	t.subscriptions.mu.Lock()
	defer t.subscriptions.mu.Unlock()
	if err != nil {
		hook.fail(t.now(), t.config.NotifyFailures)
		return
	}
	hook.queue = hook.queue[len(batch):]
	hook.failures = 0
	if t.webhooks.sent >= 2 && t.moods.Load().once(WebhookNull) {
		t.subscriptions.get(s.contentType).webhook = nil
	}
}

// fail notes a failure: it doubles the gap, or disables the webhook.
func (h *webhook) fail(now time.Time, limit int) {
	h.failures++
	h.retry = now.Add(time.Minute << min(h.failures-1, 10))
	if h.failures >= limit {
		h.disabled, h.queue = true, nil
	}
}
