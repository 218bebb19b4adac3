package tenant

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/dice"
)

// webhook receives a subscription's notifications.
type webhook struct {
	address    string
	authID     string
	expiration time.Time // zero if it has none
	disabled   bool
	notified   time.Time // content blobs available until then were sent, or are in queue
	queue      []item    // not delivered yet
	failures   int       // consecutive
	retry      time.Time // of the next attempt, at the earliest
}

// readWebhook reads the body of a start: a webhook, or nothing.
func readWebhook(c *call) (*webhook, *apiError) {
	body, err := io.ReadAll(io.LimitReader(c.r.Body, 1<<20))
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return nil, nil
	}
	var request struct {
		Webhook *webhookJSON `json:"webhook"`
	}
	if json.Unmarshal(body, &request) != nil {
		return nil, errorMessage(http.StatusBadRequest, "The request is invalid.")
	}
	if request.Webhook == nil {
		return nil, nil
	}
	hook := &webhook{address: request.Webhook.Address, authID: request.Webhook.AuthID}
	if e := request.Webhook.Expiration; e != nil && *e != "" {
		return hook, hook.setExpiration(*e, c.now)
	}
	return hook, nil
}

func (h *webhook) setExpiration(text string, now time.Time) *apiError {
	t, err := parseTime(text)
	if err != nil {
		return newError(http.StatusBadRequest, "AF20002", "Invalid parameter type: expiration. Expected type: datetime")
	}
	if !t.After(now) {
		return newError(http.StatusBadRequest, "AF20003", "Expiration %s provided is set to past date and time.", text)
	}
	h.expiration = t
	return nil
}

// isSame reports whether a start with the other webhook would change nothing.
func (h *webhook) isSame(other *webhook, now time.Time) bool {
	if h == nil || other == nil {
		return h == nil && other == nil
	}
	return h.status(now) == "enabled" && h.address == other.address && h.authID == other.authID && h.expiration.Equal(other.expiration)
}

func (h *webhook) status(now time.Time) string {
	switch {
	case h.disabled:
		return "disabled"
	case !h.expiration.IsZero() && !now.Before(h.expiration):
		return "expired"
	}
	return "enabled"
}

// webhookJSON is a webhook in a request or response.
type webhookJSON struct {
	Status     string  `json:"status"`
	Address    string  `json:"address"`
	AuthID     string  `json:"authId"`
	Expiration *string `json:"expiration"`
}

func (h *webhook) json(now time.Time) *webhookJSON {
	if h == nil {
		return nil
	}
	var expiration *string
	if !h.expiration.IsZero() {
		expiration = new(h.expiration.Format(contentLayout))
	}
	return &webhookJSON{h.status(now), h.address, h.authID, expiration}
}

// newWebhookClient returns the client that calls webhooks. It does not follow
// redirects. It trusts roots, or the system's authorities if roots is nil.
func newWebhookClient(roots *x509.CertPool) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	return &http.Client{
		Transport:     transport,
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// validate sends a validation code to a webhook's endpoint, which must answer
// with status 200.
func (t *Tenant) validate(ctx context.Context, h *webhook) *apiError {
	if !strings.HasPrefix(h.address, "https://") {
		return notValidated(h, "The address must begin with HTTPS.")
	}
	d := dice.New(t.config.Seed, 'v', uint64(t.now().UnixNano()))
	code := d.GUID()
	body := encode(struct {
		Code string `json:"validationCode"`
	}{code})
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Webhook-Validationcode": {code}}
	if status, err := t.post(ctx, h, header, body); err != nil || status != http.StatusOK {
		return notValidated(h, "The endpoint did not return HTTP 200.")
	}
	return nil
}

func notValidated(h *webhook, why string) *apiError {
	return newError(http.StatusBadRequest, "AF20021", "The webhook endpoint (%s) could not be validated. %s", h.address, why)
}

// post sends a body to a webhook and returns the status of the response.
func (t *Tenant) post(ctx context.Context, h *webhook, header http.Header, body []byte) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.address, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	request.Header = header
	if h.authID != "" {
		request.Header.Set("Webhook-AuthID", h.authID)
	}
	response, err := t.webhooks.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)) // so that the connection can be reused
	return response.StatusCode, nil
}
