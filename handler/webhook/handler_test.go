package webhook_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/azfunc"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/storetest"
	"github.com/labeltrail/labeltrail/handler/webhook"
)

const (
	tenant = "84b06764-3e5e-4f51-9a78-046a7f38b59b"
	authID = "0123456789abcdef0123456789abcdef"
	goodID = "20261121093000000012345$20261121093000000012345$audit_general$Audit_General$emea0036"
)

var now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

// A fixture is a handler on a store of its own, and the handler's log.
type fixture struct {
	store   *store.Store
	handler *webhook.Handler
	config  webhook.Config
	log     bytes.Buffer
}

// newFixture returns a fixture whose store is reached through transport; nil
// means Azurite.
func newFixture(t testing.TB, transport http.RoundTripper) *fixture {
	t.Helper()
	cfg := store.Config{Tenant: tenant, Now: func() time.Time { return now }}
	if transport != nil {
		cfg.Transport = &http.Client{Transport: transport}
	}
	f := &fixture{store: storetest.Open(t, cfg)}
	f.config = webhook.Config{
		Ledger: f.store.Ledger, Tenant: tenant, AuthID: authID, ContentTypes: []string{"Audit.General", "Audit.SharePoint"},
		Now: func() time.Time { return now }, Log: azfunc.NewLogger(&f.log),
	}
	h, err := webhook.New(f.config)
	if err != nil {
		t.Fatal(err)
	}
	f.handler = h
	return f
}

func (f *fixture) post(body string, headers ...string) int { return post(f.handler, body, headers...) }

// post sends body and returns the response's status. Headers are pairs of a
// name and a value.
func post(handler http.Handler, body string, headers ...string) int {
	r := httptest.NewRequest(http.MethodPost, "/api/webhook", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; utf-8") // as the API writes it
	r.Header.Set("Webhook-AuthID", authID)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code
}

// pending returns the ids of the ledger's pending content blobs.
func (f *fixture) pending(t *testing.T) []string {
	t.Helper()
	ids := []string{}
	for _, contentType := range f.config.ContentTypes {
		for e, err := range f.store.Ledger.Pending(t.Context(), contentType, time.Time{}) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// notification returns a notification as the API sends it, with changes, which
// are pairs of a member's name and value.
func notification(changes ...string) string {
	n := map[string]string{
		"tenantId": tenant, "clientId": "3cb5e5c2-3ff6-4d0a-a7a5-8a1d39d7a8f1", "contentType": "Audit.General", "contentId": goodID,
		"contentUri":        "https://manage.office.com/api/v1.0/" + tenant + "/activity/feed/audit/" + goodID,
		"contentCreated":    "2026-11-21T09:30:00.000Z",
		"contentExpiration": "2026-11-28T09:30:00.000Z",
	}
	for i := 0; i < len(changes); i += 2 {
		n[changes[i]] = changes[i+1]
	}
	b, _ := json.Marshal(n)
	return string(b)
}

// An outage is a transport to a storage account that does not respond.
type outage struct{}

func (outage) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("storage is down")
}

func TestNew(t *testing.T) {
	_, err := webhook.New(webhook.Config{})
	for _, words := range []string{"ledger: missing", "tenant: missing", "content types: missing"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("error lacks %q: %v", words, err)
		}
	}
	f := newFixture(t, outage{})
	h, err := webhook.New(webhook.Config{Ledger: f.store.Ledger, Tenant: tenant, AuthID: authID, ContentTypes: f.config.ContentTypes})
	if err != nil {
		t.Fatal(err)
	}
	if code := post(h, "["+notification("contentCreated", "2020-01-01T00:00:00Z")+"]"); code != http.StatusOK {
		t.Errorf("defaults for clock and log: status %d", code)
	}
}

func TestNotifications(t *testing.T) {
	t.Run("adds content blobs to the ledger before it responds", func(t *testing.T) {
		f := newFixture(t, nil)
		if code := f.post("[" + notification() + "," + notification("contentId", "other$1", "contentType", "audit.sharepoint") + "]"); code != http.StatusOK {
			t.Fatalf("status %d", code)
		}
		if got := f.pending(t); len(got) != 2 || got[0] != goodID || got[1] != "other$1" {
			t.Errorf("pending %q", got)
		}
		for e, err := range f.store.Ledger.Pending(t.Context(), "Audit.General", time.Time{}) {
			if err != nil || !e.Notified || !e.Created.Equal(now.Add(-30*time.Minute)) {
				t.Errorf("entry %+v, %v", e, err)
			}
		}
	})

	t.Run("ignores repeated notifications", func(t *testing.T) {
		f := newFixture(t, nil)
		for range 20 {
			if code := f.post("[" + notification() + "," + notification() + "]"); code != http.StatusOK {
				t.Fatalf("status %d", code)
			}
		}
		if got := f.pending(t); len(got) != 1 {
			t.Errorf("pending %q", got)
		}
	})

	t.Run("uses neither contentUri nor contentExpiration", func(t *testing.T) {
		f := newFixture(t, nil)
		f.post("[" + notification("contentUri", "https://evil.example/", "contentExpiration", "2026-11-21T10:00:01Z") + "]")
		for e, err := range f.store.Ledger.Pending(t.Context(), "Audit.General", time.Time{}) {
			if err != nil || !e.Expiration.Equal(e.Created.Add(7*24*time.Hour)) {
				t.Errorf("entry %+v, %v", e, err)
			}
		}
	})

	// The API sends a notification again if the response is not a 200.
	t.Run("responds with 503 while storage is down", func(t *testing.T) {
		f := newFixture(t, outage{})
		if code := f.post("[" + notification() + "]"); code != http.StatusServiceUnavailable {
			t.Errorf("status %d", code)
		}
	})

	t.Run("needs few transactions for many notifications", func(t *testing.T) {
		f := newFixture(t, nil)
		var notifications []string
		for i := range 1000 {
			notifications = append(notifications, notification("contentId", fmt.Sprintf("id$%d", i)))
		}
		before := f.store.Requests()
		if code := f.post("[" + strings.Join(notifications, ",") + "]"); code != http.StatusOK {
			t.Fatalf("status %d", code)
		}
		if n := f.store.Requests() - before; n > 60 {
			t.Errorf("%d storage requests for 1,000 notifications", n)
		}
	})
}

func TestNotificationsHostile(t *testing.T) {
	for name, changes := range map[string][]string{
		"another tenant":          {"tenantId", "99999999-9999-4999-8999-999999999999"},
		"type that is not pulled": {"contentType", "DLP.All"},
		"invalid type":            {"contentType", "../raw"},
		"empty id":                {"contentId", ""},
		"path as id":              {"contentId", "../../subscriptions/stop?x="},
		"URL as id":               {"contentId", "https://evil.example/"},
		"control characters":      {"contentId", "a\r\nAuthorization: x"},
		"too long id":             {"contentId", strings.Repeat("a", 513)},
		"long past":               {"contentCreated", "2020-01-01T00:00:00.000Z"},
		"future":                  {"contentCreated", "2026-12-21T09:30:00.000Z"},
		"invalid time":            {"contentCreated", "yesterday"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			if code := f.post("[" + notification(changes...) + "]"); code != http.StatusOK {
				t.Errorf("status %d", code)
			}
			if got := f.pending(t); len(got) > 0 {
				t.Errorf("pending %q", got)
			}
			if !strings.Contains(f.log.String(), `"ignored":1`) {
				t.Errorf("not counted as ignored: %s", &f.log)
			}
		})
	}
}

func TestNotificationsInvalidBody(t *testing.T) {
	f := newFixture(t, outage{})
	for name, test := range map[string]struct {
		body string
		want int
	}{
		"empty":            {"", http.StatusBadRequest},
		"not JSON":         {"notifications", http.StatusBadRequest},
		"object":           {notification(), http.StatusBadRequest},
		"null":             {"null", http.StatusBadRequest},
		"array of strings": {`["a"]`, http.StatusBadRequest},
		"number as id":     {`[{"contentId":1}]`, http.StatusBadRequest},
		"truncated":        {"[" + notification(), http.StatusBadRequest},
		"over 1 MiB":       {"[" + strings.Repeat(" ", 1<<20) + "]", http.StatusRequestEntityTooLarge},
		"too many":         {"[" + strings.Repeat("{},", 2000) + "{}]", http.StatusRequestEntityTooLarge},
	} {
		if code := f.post(test.body); code != test.want {
			t.Errorf("%s: status %d, want %d", name, code, test.want)
		}
	}
}

// The outage shows that the handshake needs no storage.
func TestValidate(t *testing.T) {
	f := newFixture(t, outage{})
	for body, want := range map[string]int{
		`{"validationCode":"code-1"}`: http.StatusOK,
		`{"validationCode":"code-2"}`: http.StatusBadRequest,
		`{}`:                          http.StatusBadRequest,
		``:                            http.StatusBadRequest,
		`[]`:                          http.StatusBadRequest,
	} {
		if code := f.post(body, "Webhook-ValidationCode", "code-1"); code != want {
			t.Errorf("%q: status %d, want %d", body, code, want)
		}
	}
}

func TestAuthID(t *testing.T) {
	f := newFixture(t, outage{})
	for _, wrong := range []string{"", "wrong", authID + "x", authID[1:], strings.ToUpper(authID)} {
		for _, validation := range []string{"", "code"} {
			code := f.post("["+notification()+"]", "Webhook-AuthID", wrong, "Webhook-ValidationCode", validation)
			if code != http.StatusUnauthorized {
				t.Errorf("AuthID %q: status %d", wrong, code)
			}
		}
	}
	f.config.AuthID = ""
	unconfigured, err := webhook.New(f.config)
	if err != nil {
		t.Fatal(err)
	}
	if code := post(unconfigured, "["+notification()+"]", "Webhook-AuthID", ""); code != http.StatusNotFound {
		t.Errorf("without a configured AuthID: status %d", code)
	}
}

func TestLogQuotesNoRequest(t *testing.T) {
	f := newFixture(t, nil)
	f.post("["+notification("contentId", "canary$1")+"]", "Webhook-AuthID", "canary")
	f.post("[" + notification("contentId", "canary$1") + "," + notification("tenantId", "canary") + "]")
	f.post(`{"canary":1}`)
	f.post(`{"validationCode":"canary"}`, "Webhook-ValidationCode", "canary2")
	if strings.Contains(f.log.String(), "canary") || strings.Contains(f.log.String(), authID) {
		t.Errorf("log: %s", &f.log)
	}
}
