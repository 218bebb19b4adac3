package feed

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
)

// The statuses of a subscription or a webhook.
const (
	Enabled  = "enabled"
	Disabled = "disabled"
	Expired  = "expired" // of a webhook only
)

// A Subscription makes the API collect content blobs of one type.
type Subscription struct {
	ContentType string
	Status      string   // Enabled or Disabled; "" if the API leaves it out
	Webhook     *Webhook // nil without a webhook, or while its validation is unfinished
}

// A Webhook is the receiver of the API's notifications of new content blobs.
type Webhook struct {
	Address    string // an https URL
	AuthID     string // the API sends it in the header Webhook-AuthID
	Status     string // Enabled, Disabled or Expired; Start ignores it
	Expiration string // in the API's form; "" means never
}

type wireWebhook struct {
	Status     string `json:"status,omitempty"`
	Address    string `json:"address"`
	AuthID     string `json:"authId"`
	Expiration string `json:"expiration"`
}

type wireSubscription struct {
	ContentType string       `json:"contentType"`
	Status      string       `json:"status"`
	Webhook     *wireWebhook `json:"webhook"`
}

// Subscriptions lists the tenant's subscriptions that this application started.
func (c *Client) Subscriptions(ctx context.Context) ([]Subscription, error) {
	var items []wireSubscription
	_, err := c.do(ctx, request{
		operation: "list subscriptions",
		method:    http.MethodGet,
		url:       c.operationURL("subscriptions/list", url.Values{}),
		notFound:  Configuration,
		accept:    func(body []byte) error { return unmarshalArray(body, &items) },
	})
	if err != nil {
		return nil, err
	}
	subscriptions := make([]Subscription, len(items))
	for i, item := range items {
		subscriptions[i] = Subscription{item.ContentType, item.Status, item.Webhook.webhook()}
	}
	return subscriptions, nil
}

func (w *wireWebhook) webhook() *Webhook {
	if w == nil {
		return nil
	}
	return &Webhook{Address: w.Address, AuthID: w.AuthID, Status: w.Status, Expiration: w.Expiration}
}

// Error codes of Start.
const (
	alreadyEnabled = "AF20024" // the start changes nothing
	notValidated   = "AF20021" // the webhook did not respond to its validation with 200
)

// Start starts or restarts the subscription of a content type, or changes its
// webhook. A nil webhook removes the webhook. Start succeeds if the
// subscription already is as requested.
//
// The API calls the webhook before it responds, to validate it. If that fails
// it creates no subscription; IsWebhookError reports whether an error says so.
// A start request less than StartInterval after another is an *Error of class
// Throttled, without a retry.
func (c *Client) Start(ctx context.Context, contentType string, webhook *Webhook) error {
	body, err := startBody(webhook)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, request{
		operation: "start subscription",
		method:    http.MethodPost,
		url:       c.operationURL("subscriptions/start", url.Values{"contentType": {contentType}}),
		body:      body,
		notFound:  Configuration,
		accept:    func([]byte) error { return nil },
		coolsDown: true,
	})
	if e, ok := errors.AsType[*Error](err); ok && e.Code == alreadyEnabled {
		return nil
	}
	return err
}

// IsWebhookError reports whether err is the error of a Start whose webhook did
// not pass the API's validation.
func IsWebhookError(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == notValidated
}

func startBody(w *Webhook) ([]byte, error) {
	if w == nil {
		return nil, nil
	}
	return json.Marshal(map[string]wireWebhook{
		"webhook": {Address: w.Address, AuthID: w.AuthID, Expiration: w.Expiration},
	})
}
