package pull

import (
	"context"
	"errors"
	"time"

	"github.com/labeltrail/labeltrail/handler/feed"
)

// startPause is how long the API wants between two start requests of one
// subscription (Management Activity API reference, Start a subscription).
const startPause = 15 * time.Minute

// notValidated is the API's code for a webhook that did not respond to its
// validation with 200.
const notValidated = "AF20021"

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
func (r *typeRun) repairSubscription(ctx context.Context) error {
	if r.subs == nil {
		return nil
	}
	sub, found := r.subs[r.status.ContentType]
	r.describeSubscription(sub, found)
	if !r.needsStart(sub, found) {
		return nil
	}
	return r.startOncePerPause(ctx, sub)
}

// startIfNotListed starts the subscription if the listing failed because it is
// absent or disabled. The list of subscriptions may not be known, or be out of
// date. The next tick lists again.
func (r *typeRun) startIfNotListed(ctx context.Context, listErr error) error {
	if feed.ClassOf(listErr) != feed.NotSubscribed {
		return nil
	}
	return r.startOncePerPause(ctx, feed.Subscription{})
}

// startOncePerPause starts the subscription unless it was started less than
// startPause ago, and records the result in the status.
func (r *typeRun) startOncePerPause(ctx context.Context, sub feed.Subscription) error {
	if r.now().Sub(r.status.Started).Abs() < startPause { // one far in the future was dated by a wrong clock
		return nil
	}
	err := r.start(ctx, sub)
	if feed.ClassOf(err) != feed.Transient { // else the next tick tries again
		r.status.Started = r.now()
	}
	if err != nil {
		return err
	}
	r.status.Subscription = feed.Enabled
	if r.cfg.Webhook != nil {
		r.status.Webhook = feed.Enabled
	}
	return nil
}

// start starts the subscription with its webhook. The API validates the webhook
// first, and creates no subscription if that fails. Then it is created without
// one: every step of a tick needs the subscription, and none needs the webhook.
func (r *typeRun) start(ctx context.Context, sub feed.Subscription) error {
	contentType, hook := r.status.ContentType, r.cfg.Webhook
	r.cfg.Log.InfoContext(ctx, "starting subscription", "contentType", contentType, "webhook", hook != nil)
	err := r.cfg.Feed.Start(ctx, contentType, hook)
	api, isAPI := errors.AsType[*feed.Error](err)
	if !isAPI || api.Code != notValidated || sub.Status == feed.Enabled {
		return err
	}
	if plainErr := r.cfg.Feed.Start(ctx, contentType, nil); plainErr != nil {
		return errors.Join(err, plainErr)
	}
	r.status.Subscription = feed.Enabled
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
func (r *typeRun) describeSubscription(sub feed.Subscription, found bool) {
	r.status.Subscription, r.status.Webhook = none, none
	if found {
		r.status.Subscription = feed.Enabled
	}
	if sub.Status != "" {
		r.status.Subscription = sub.Status
	}
	if sub.Webhook != nil && sub.Webhook.Status != "" {
		r.status.Webhook = sub.Webhook.Status
	}
}
