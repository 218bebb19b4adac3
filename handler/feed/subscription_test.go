package feed_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/feed"
)

func TestSubscriptions(t *testing.T) {
	s := newServer(t, reply(200, `[
		{"contentType":"Audit.SharePoint","status":"enabled","webhook":{"status":"disabled","address":"https://webhook.example/","authId":"o365","expiration":null}},
		{"contentType":"Audit.General","webhook":null},
		{"contentType":"DLP.All","status":"disabled"}]`))
	got, err := s.client(feed.Config{}).Subscriptions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []feed.Subscription{
		{ContentType: "Audit.SharePoint", Status: feed.Enabled, Webhook: &feed.Webhook{Address: "https://webhook.example/", AuthID: "o365", Status: feed.Disabled}},
		{ContentType: "Audit.General"},
		{ContentType: "DLP.All", Status: feed.Disabled},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"GET " + feedPath + "subscriptions/list?PublisherIdentifier=" + publisher}, s.sent()); diff != "" {
		t.Error(diff)
	}
}

// The API sends an empty array if no subscription exists. Any other body is an
// error.
func TestSubscriptionsEmpty(t *testing.T) {
	if got, err := newServer(t, reply(200, "[]")).client(feed.Config{}).Subscriptions(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("empty array: got %v, %v", got, err)
	}
	for _, body := range []string{"", "null", "{}", `{"contentType":"Audit.General"}`} {
		_, err := newServer(t, reply(200, body)).client(feed.Config{}).Subscriptions(t.Context())
		want(t, err, feed.Transient, "")
	}
}

// Start sends the webhook, or no body at all.
func TestStartBody(t *testing.T) {
	for want, webhook := range map[string]*feed.Webhook{
		"": nil,
		`{"webhook":{"address":"https://webhook.example/api/webhook","authId":"a\"b","expiration":""}}`: {
			Address: "https://webhook.example/api/webhook", AuthID: `a"b`, Status: feed.Enabled},
	} {
		var got []byte
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			got, _ = io.ReadAll(r.Body)
			if want == "" && r.Header.Get("Content-Length") != "0" && r.ContentLength != 0 {
				t.Errorf("Content-Length is %d, want 0", r.ContentLength)
			}
			io.WriteString(w, `{"contentType":"Audit.General","status":"enabled","webhook":null}`)
		})
		if err := s.client(feed.Config{}).Start(t.Context(), "Audit.General", webhook); err != nil {
			t.Error(err)
		}
		if string(got) != want {
			t.Errorf("sent %s, want %s", got, want)
		}
		if diff := cmp.Diff([]string{"POST " + feedPath + "subscriptions/start?PublisherIdentifier=" + publisher + "&contentType=Audit.General"}, s.sent()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestStartAlreadyEnabled(t *testing.T) {
	s := newServer(t, reply(400, `{"error":{"code":"AF20024","message":"The subscription is already enabled. No property change."}}`))
	c := s.client(feed.Config{})
	if err := c.Start(t.Context(), "Audit.General", nil); err != nil {
		t.Errorf("start: %v", err)
	}
	if _, err := c.Subscriptions(t.Context()); feed.ClassOf(err) != feed.NotSubscribed {
		t.Errorf("the same response to another call: %v", err)
	}
}

func TestStartErrors(t *testing.T) {
	s := newServer(t, reply(400, `{"error":{"code":"AF20023","message":"The subscription was disabled."}}`))
	want(t, s.client(feed.Config{}).Start(t.Context(), "Audit.General", nil), feed.NotSubscribed, "AF20023")
	s = newServer(t, reply(400, `{"error":{"code":"AF20021","message":"The webhook endpoint could not be validated."}}`))
	err := s.client(feed.Config{}).Start(t.Context(), "Audit.General", &feed.Webhook{Address: "https://webhook.example/"})
	want(t, err, feed.Configuration, "AF20021")
}
