package pull

import (
	"context"
	"errors"
	"time"

	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/store"
)

// startPause is how long the API wants between two start requests of one
// subscription (Management Activity API reference, Start a subscription).
const startPause = 15 * time.Minute

// notValidated is the API's code for a webhook that did not answer its
// validation with 200.
const notValidated = "AF20021"

// none is our word for what there is not, beside the API's own words.
const none = "none"

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
	if !t.needsStart(sub, found) {
		return nil
	}
	return t.startInTime(ctx, status, sub)
}

// heedListing starts the subscription if the listing said that there is none,
// or none enabled, whatever the list of subscriptions says: it may not have
// been had, or be out of date. The next tick lists again.
func (t *tick) heedListing(ctx context.Context, status *store.TypeStatus, listErr error) error {
	if feed.ClassOf(listErr) != feed.NotSubscribed {
		return nil
	}
	return t.startInTime(ctx, status, feed.Subscription{})
}

// startInTime starts the subscription unless it was started so lately that the
// API would not have it, and notes in status what came of it.
func (t *tick) startInTime(ctx context.Context, status *store.TypeStatus, sub feed.Subscription) error {
	if t.Now().Sub(status.Started).Abs() < startPause { // one far ahead is of a wrong clock
		return nil
	}
	err := t.start(ctx, status, sub)
	if feed.ClassOf(err) != feed.Transient { // else the next tick tries again
		status.Started = t.Now().UTC()
	}
	if err != nil {
		return err
	}
	status.Subscription = feed.Enabled
	if t.Webhook != nil {
		status.Webhook = feed.Enabled
	}
	return nil
}

// start starts the subscription with its webhook. The API validates the
// webhook first, and creates no subscription if that fails; it is created
// without one then, since all that a tick does needs it and nothing needs the
// webhook.
func (t *tick) start(ctx context.Context, status *store.TypeStatus, sub feed.Subscription) error {
	t.Log.InfoContext(ctx, "starting subscription", "contentType", status.ContentType, "webhook", t.Webhook != nil)
	err := t.Feed.Start(ctx, status.ContentType, t.Webhook)
	api, isAPI := errors.AsType[*feed.Error](err)
	if !isAPI || api.Code != notValidated || sub.Status == feed.Enabled {
		return err
	}
	if plainErr := t.Feed.Start(ctx, status.ContentType, nil); plainErr != nil {
		return errors.Join(err, plainErr)
	}
	status.Subscription = feed.Enabled
	return err
}

func (t *tick) needsStart(sub feed.Subscription, found bool) bool {
	if !found || sub.Status == feed.Disabled {
		return true
	}
	if t.Webhook == nil {
		return false
	}
	w := sub.Webhook
	return w == nil || w.Status != feed.Enabled || w.Address != t.Webhook.Address ||
		w.AuthID != "" && w.AuthID != t.Webhook.AuthID // the API does not always say it
}

// describe notes the API's own words. A subscription without a status, which
// the API has been seen to list, is one that works.
func describe(status *store.TypeStatus, sub feed.Subscription, found bool) {
	status.Subscription, status.Webhook = none, none
	if found {
		status.Subscription = feed.Enabled
	}
	if sub.Status != "" {
		status.Subscription = sub.Status
	}
	if sub.Webhook != nil && sub.Webhook.Status != "" {
		status.Webhook = sub.Webhook.Status
	}
}
