package pull

import (
	"context"
	"time"

	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/store"
)

// startPause is how long the API wants between two start requests of one
// subscription (Management Activity API reference, Start a subscription).
const startPause = 15 * time.Minute

// The API's words for how a subscription, or its webhook, stands.
const (
	enabled  = "enabled"
	disabled = "disabled"
	none     = "none" // ours: there is none
)

// listSubscriptions learns how the subscriptions stand. Only an error that
// every other request would meet, too, ends the tick: listing and retrieving
// need no knowledge of the subscriptions as long as those are well.
func (t *tick) listSubscriptions(ctx context.Context) error {
	subs, err := t.Feed.Subscriptions(ctx)
	switch feed.ClassOf(err) {
	case feed.Transient, feed.Internal:
		t.Log.WarnContext(ctx, "subscriptions unknown", "error", err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	t.subs = map[string]feed.Subscription{}
	for _, sub := range subs {
		t.subs[sub.ContentType] = sub
	}
	return nil
}

// repairSubscription starts the subscription where it is absent, disabled or
// without the webhook that it should have, and notes in status how it stands.
// It never stops one: what becomes available while a subscription is stopped
// can never be retrieved.
func (t *tick) repairSubscription(ctx context.Context, status *store.TypeStatus) error {
	if t.subs == nil {
		return nil
	}
	sub, found := t.subs[status.ContentType]
	describe(status, sub, found)
	if !t.needsStart(sub, found) || t.Now().Sub(status.Started) < startPause {
		return nil
	}
	status.Started = t.Now().UTC()
	if err := t.Feed.Start(ctx, status.ContentType, t.Webhook); err != nil {
		return err
	}
	t.Log.InfoContext(ctx, "subscription started", "contentType", status.ContentType, "webhook", t.Webhook != nil)
	status.Subscription = enabled
	if t.Webhook != nil {
		status.Webhook = enabled
	}
	return nil
}

func (t *tick) needsStart(sub feed.Subscription, found bool) bool {
	if !found || sub.Status == disabled {
		return true
	}
	if t.Webhook == nil {
		return false
	}
	return sub.Webhook == nil || sub.Webhook.Status != enabled || sub.Webhook.Address != t.Webhook.Address
}

// describe notes the API's own words. A subscription without a status, which
// the API has been seen to list, is one that works.
func describe(status *store.TypeStatus, sub feed.Subscription, found bool) {
	status.Subscription, status.Webhook = none, none
	if found {
		status.Subscription = enabled
	}
	if sub.Status != "" {
		status.Subscription = sub.Status
	}
	if sub.Webhook != nil && sub.Webhook.Status != "" {
		status.Webhook = sub.Webhook.Status
	}
}
