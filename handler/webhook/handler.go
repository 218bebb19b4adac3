package webhook

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// maxBody limits a request's body in bytes. A notification has about 500.
const maxBody = 1 << 20

// A Config configures a [Handler].
type Config struct {
	Ledger       *ledger.Ledger   // required: receives the notified content blobs
	Tenant       string           // required: GUID of the trail's tenant
	AuthID       string           // the shared secret of the subscriptions; "": respond with 404
	ContentTypes []string         // required: the content types that are pulled
	Now          func() time.Time // nil: time.Now
	Log          *slog.Logger     // nil: no log
}

// A Handler handles the requests of the webhook function. It is safe for
// concurrent use.
type Handler struct{ cfg Config }

// New returns a handler. Its error names every missing field of cfg.
func New(cfg Config) (*Handler, error) {
	var errs []error
	if cfg.Ledger == nil {
		errs = append(errs, errors.New("ledger: missing"))
	}
	if cfg.Tenant == "" {
		errs = append(errs, errors.New("tenant: missing"))
	}
	if len(cfg.ContentTypes) == 0 {
		errs = append(errs, errors.New("content types: missing"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("configure webhook: %w", err)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Handler{cfg}, nil
}

// ServeHTTP responds to one request of the API:
//
//	404  the webhook is not configured
//	401  Webhook-AuthID is missing or wrong
//	200  validation: the codes in header and body are equal
//	400  validation: the codes differ
//	400  the body is not an array of notifications
//	413  the body is over 1 MiB or has too many notifications
//	503  storage does not respond; the API will send the notifications again
//	200  every notification that concerns this trail is in the ledger
//
// The API treats every status except 200 as a failure.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, err := h.handle(w, r)
	if err != nil {
		h.cfg.Log.WarnContext(r.Context(), "webhook", "status", status, "error", err.Error())
	}
	w.WriteHeader(status)
}

// handle returns the status of the response, and the error to log if the status
// is not enough.
func (h *Handler) handle(w http.ResponseWriter, r *http.Request) (int, error) {
	if h.cfg.AuthID == "" {
		return http.StatusNotFound, nil
	}
	if !equalSecret(r.Header.Get("Webhook-AuthID"), h.cfg.AuthID) {
		return http.StatusUnauthorized, errors.New("wrong or missing Webhook-AuthID")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
		return http.StatusRequestEntityTooLarge, errors.New("body over 1 MiB")
	}
	if err != nil {
		return http.StatusBadRequest, errors.New("body is incomplete")
	}
	if code := r.Header.Get("Webhook-ValidationCode"); code != "" {
		return validate(code, body)
	}
	return h.addToLedger(r.Context(), body)
}

// equalSecret compares in constant time, whatever the lengths.
func equalSecret(given, secret string) bool {
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(secret))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// validate handles the handshake that the API does within the request that
// starts a subscription. It uses no storage, because the API does not wait long.
func validate(code string, body []byte) (int, error) {
	var handshake struct {
		ValidationCode string `json:"validationCode"`
	}
	if err := json.Unmarshal(body, &handshake); err != nil || handshake.ValidationCode != code {
		return http.StatusBadRequest, errors.New("validation codes in header and body differ")
	}
	return http.StatusOK, nil
}

// addToLedger adds the notified content blobs to the ledger. It returns 200 only
// after that, because 200 tells the API not to send the notifications again.
func (h *Handler) addToLedger(ctx context.Context, body []byte) (int, error) {
	notifications, err := decode(body)
	if errors.Is(err, errTooMany) {
		return http.StatusRequestEntityTooLarge, err
	}
	if err != nil {
		return http.StatusBadRequest, err
	}
	blobs := make([]audit.Content, 0, len(notifications))
	for _, n := range notifications {
		if content, ok := h.content(n); ok {
			blobs = append(blobs, content)
		}
	}
	added, err := h.cfg.Ledger.AddNotified(ctx, blobs)
	if err != nil {
		return http.StatusServiceUnavailable, err
	}
	h.cfg.Log.InfoContext(ctx, "notifications", "accepted", len(blobs), "new", added, "ignored", len(notifications)-len(blobs))
	return http.StatusOK, nil
}
