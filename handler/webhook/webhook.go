package webhook

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

// maxBody bounds what is read of a request. A notice has about 500 bytes.
const maxBody = 1 << 20

// Webhook is the function. All fields are required but for AuthID.
type Webhook struct {
	Store        *store.Store
	Tenant       string
	AuthID       string // the shared secret of the subscriptions; "": there is no webhook
	ContentTypes []string
	Now          func() time.Time
	Log          *slog.Logger
}

// ServeHTTP answers one request of the API:
//
//	404  there is no webhook here
//	401  Webhook-AuthID is missing or wrong
//	200  to a validation whose header and body agree, else 400
//	400  the body is no array of notices
//	413  the body is over 1 MiB, or has too many notices
//	503  storage does not answer; the API sends the notices again
//	200  every notice that concerns this trail is in the ledger
//
// The API takes any status but 200 for a failure.
func (h *Webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, err := h.answer(w, r)
	if err != nil {
		h.Log.WarnContext(r.Context(), "webhook", "status", status, "error", err.Error())
	}
	w.WriteHeader(status)
}

func (h *Webhook) answer(w http.ResponseWriter, r *http.Request) (int, error) {
	if h.AuthID == "" {
		return http.StatusNotFound, nil
	}
	if !same(r.Header.Get("Webhook-AuthID"), h.AuthID) {
		return http.StatusUnauthorized, errors.New("wrong or missing Webhook-AuthID")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return http.StatusRequestEntityTooLarge, errors.New("body over 1 MiB")
	}
	if err != nil {
		return http.StatusBadRequest, errors.New("body broke off")
	}
	if code := r.Header.Get("Webhook-ValidationCode"); code != "" {
		return validate(code, body)
	}
	return h.take(r.Context(), body)
}

// same compares in constant time, whatever the lengths.
func same(given, secret string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// validate answers the handshake, which the API does inside the request that
// starts the subscription; no storage is touched, as the API does not wait
// for long.
func validate(code string, body []byte) (int, error) {
	var handshake struct {
		ValidationCode string `json:"validationCode"`
	}
	if json.Unmarshal(body, &handshake) != nil || handshake.ValidationCode != code {
		return http.StatusBadRequest, errors.New("validation code of header and body differ")
	}
	return http.StatusOK, nil
}

// take brings notices into the ledger. 200 promises the API that they need
// not be sent again, so it is the last thing that happens.
func (h *Webhook) take(ctx context.Context, body []byte) (int, error) {
	notices, err := decode(body)
	if errors.Is(err, errTooMany) {
		return http.StatusRequestEntityTooLarge, err
	}
	if err != nil {
		return http.StatusBadRequest, err
	}
	contents := make([]audit.Content, 0, len(notices))
	for _, n := range notices {
		if content, ok := h.content(n); ok {
			contents = append(contents, content)
		}
	}
	added, err := h.Store.AddNoticed(ctx, contents)
	if err != nil {
		return http.StatusServiceUnavailable, err
	}
	h.Log.InfoContext(ctx, "notices", "taken", len(contents), "new", added, "ignored", len(notices)-len(contents))
	return http.StatusOK, nil
}
