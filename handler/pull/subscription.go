package pull

import (
	"context"
	"errors"

	"github.com/labeltrail/labeltrail/handler/feed"
)

// none marks an absent subscription or webhook; the other values are the API's.
const none = "none"

// listSubscriptions reads the state of all subscriptions. Only an error that
// every other request would meet as well ends the tick. As long as the
// subscriptions work, listing and fetching do not need to know their state.
func (t *tick) listSubscriptions(ctx context.Context) error {
	subs, err := t.cfg.Feed.Subscriptions(ctx)
	switch feed.ClassOf(err) {
	case feed.Transient, feed.Internal:
		t.cfg.Log.WarnContext(ctx, "subscriptions unknown", "error", err.Error())
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

// repairSubscription records the state of the subscription in the status, and
// starts it if it is absent, disabled or without the webhook that it must have.
// It never stops one: content blobs that become available while a subscription
// is stopped can never be fetched.
func (t *typeTick) repairSubscription(ctx context.Context) error {
	if t.subs == nil {
		return nil
	}
	sub, found := t.subs[t.status.ContentType]
	t.describeSubscription(sub, found)
	if !t.needsStart(sub, found) {
		return nil
	}
	return t.startUnlessRecent(ctx, sub)
}

// startIfNotListed starts the subscription if the listing failed because it is
// absent or disabled. The list of subscriptions may not be known, or be out of
// date. The next tick lists again.
func (t *typeTick) startIfNotListed(ctx context.Context, listErr error) error {
	if feed.ClassOf(listErr) != feed.NotSubscribed {
		return nil
	}
	return t.startUnlessRecent(ctx, feed.Subscription{})
}

// startUnlessRecent starts the subscription unless it was started less than
// feed.StartInterval ago, and records the result in the status.
func (t *typeTick) startUnlessRecent(ctx context.Context, sub feed.Subscription) error {
	if t.now().Sub(t.status.Started).Abs() < feed.StartInterval { // one far in the future was dated by a wrong clock
		return nil
	}
	err := t.start(ctx, sub)
	if feed.ClassOf(err) != feed.Transient { // else the next tick tries again
		t.status.Started = t.now()
	}
	if err != nil {
		return err
	}
	t.status.Subscription = feed.Enabled
	if t.cfg.Webhook != nil {
		t.status.Webhook = feed.Enabled
	}
	return nil
}

// start starts the subscription with its webhook. The API validates the webhook
// first, and creates no subscription if that fails. Then it is created without
// one: every step of a tick needs the subscription, and none needs the webhook.
func (t *typeTick) start(ctx context.Context, sub feed.Subscription) error {
	contentType, hook := t.status.ContentType, t.cfg.Webhook
	t.cfg.Log.InfoContext(ctx, "starting subscription", "contentType", contentType, "webhook", hook != nil)
	err := t.cfg.Feed.Start(ctx, contentType, hook)
	if !feed.IsWebhookError(err) || sub.Status == feed.Enabled {
		return err
	}
	if plainErr := t.cfg.Feed.Start(ctx, contentType, nil); plainErr != nil {
		return errors.Join(err, plainErr)
	}
	t.status.Subscription = feed.Enabled
	return err
}

func (t *tick) needsStart(sub feed.Subscription, found bool) bool {
	if !found || sub.Status == feed.Disabled {
		return true
	}
	want, got := t.cfg.Webhook, sub.Webhook
	if want == nil {
		return false
	}
	return got == nil || got.Status != feed.Enabled || got.Address != want.Address ||
		got.AuthID != "" && got.AuthID != want.AuthID // the API does not always return it
}

// describeSubscription records the API's own words. A subscription without a
// status, which the API has been seen to list, is one that works.
func (t *typeTick) describeSubscription(sub feed.Subscription, found bool) {
	t.status.Subscription, t.status.Webhook = none, none
	if found {
		t.status.Subscription = feed.Enabled
	}
	if sub.Status != "" {
		t.status.Subscription = sub.Status
	}
	if sub.Webhook != nil && sub.Webhook.Status != "" {
		t.status.Webhook = sub.Webhook.Status
	}
}
