package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
)

// What a subscription's or a webhook's status can be.
const (
	Enabled  = "enabled"
	Disabled = "disabled"
	Expired  = "expired" // a webhook's only
)

// A Subscription is the standing order for a content type.
type Subscription struct {
	ContentType string
	Status      string   // Enabled or Disabled; "" where the API leaves it out
	Webhook     *Webhook // nil: none, or its validation is not finished
}

// A Webhook is where the API sends notices of new content.
type Webhook struct {
	Address    string // https
	AuthID     string // sent back in the header Webhook-AuthID
	Status     string // Enabled, Disabled or Expired; not sent
	Expiration string // as the API writes times; "": never
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
	var rows []wireSubscription
	_, err := c.do(ctx, request{
		operation: "list subscriptions",
		method:    http.MethodGet,
		url:       c.operationURL("subscriptions/list", url.Values{}),
		notFound:  Configuration,
		accept:    func(body []byte) error { return unmarshalArray(body, &rows) },
	})
	if err != nil {
		return nil, err
	}
	subscriptions := make([]Subscription, len(rows))
	for i, row := range rows {
		subscriptions[i] = Subscription{row.ContentType, row.Status, row.Webhook.webhook()}
	}
	return subscriptions, nil
}

func (w *wireWebhook) webhook() *Webhook {
	if w == nil {
		return nil
	}
	return &Webhook{Address: w.Address, AuthID: w.AuthID, Status: w.Status, Expiration: w.Expiration}
}

// Start starts the subscription of a content type, starts it again, or changes
// its webhook; nil removes the webhook. A subscription that is already as
// asked for is success.
//
// The API calls the webhook before it answers, and allows one start in 15
// minutes: an earlier one is an *Error of class Throttled, returned at once.
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
	if e, ok := errors.AsType[*Error](err); ok && e.Code == "AF20024" {
		return nil
	}
	return err
}

func startBody(w *Webhook) ([]byte, error) {
	if w == nil {
		return nil, nil
	}
	return json.Marshal(map[string]wireWebhook{
		"webhook": {Address: w.Address, AuthID: w.AuthID, Expiration: w.Expiration},
	})
}

// unmarshalArray reads a body that must be an array: null and an object would
// otherwise pass as no rows.
func unmarshalArray(body []byte, rows any) error {
	if isEmpty(body) {
		return errEmpty
	}
	if !isArray(body) {
		return errors.New("the answer is not the array that it should be")
	}
	return json.Unmarshal(bytes.TrimPrefix(body, byteOrderMark), rows)
}
