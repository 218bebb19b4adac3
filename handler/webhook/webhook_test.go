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
	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/webhook"
)

const (
	tenant = "84b06764-3e5e-4f51-9a78-046a7f38b59b"
	authID = "0123456789abcdef0123456789abcdef"
	goodID = "20261121093000000012345$20261121093000000012345$audit_general$Audit_General$emea0036"
)

var (
	pool azuritetest.Pool
	now  = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
)

func TestMain(m *testing.M) { os.Exit(pool.Run(m)) }

// A door is a webhook on a store of its own, and what it logs.
type door struct {
	*webhook.Webhook
	log bytes.Buffer
}

func open(t testing.TB, transport http.RoundTripper) *door {
	t.Helper()
	st, err := store.Open(store.Config{
		Tenant: tenant, ConnectionString: pool.ConnectionString(t), Now: func() time.Time { return now },
		RetryDelay: -1, Transport: &http.Client{Transport: transport},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := &door{}
	d.Webhook = &webhook.Webhook{
		Store: st, Tenant: tenant, AuthID: authID, ContentTypes: []string{"Audit.General", "Audit.SharePoint"},
		Now: func() time.Time { return now }, Log: azfunc.NewLogger(&d.log),
	}
	return d
}

func (d *door) post(body string, headers ...string) int {
	r := httptest.NewRequest(http.MethodPost, "/api/webhook", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; utf-8") // as the API writes it
	r.Header.Set("Webhook-AuthID", authID)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Code
}

// pending are the ids of the contents that the ledger holds as pending.
func (d *door) pending(t *testing.T) []string {
	t.Helper()
	ids := []string{}
	for _, contentType := range d.ContentTypes {
		for e, err := range d.Store.Pending(t.Context(), contentType, time.Time{}) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// notice is a notice as the API sends it, with changes.
func notice(changes ...string) string {
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

func TestANoticeIsInTheLedgerBeforeItIsAnswered(t *testing.T) {
	d := open(t, nil)
	if code := d.post("[" + notice() + "," + notice("contentId", "other$1", "contentType", "audit.sharepoint") + "]"); code != http.StatusOK {
		t.Fatalf("status %d", code)
	}
	if got := d.pending(t); len(got) != 2 || got[0] != goodID || got[1] != "other$1" {
		t.Errorf("pending %q", got)
	}
	for e, err := range d.Store.Pending(t.Context(), "Audit.General", time.Time{}) {
		if err != nil || !e.Noticed || !e.Created.Equal(now.Add(-30*time.Minute)) {
			t.Errorf("entry %+v, %v", e, err)
		}
	}
}

func TestTheSameNoticeAgainChangesNothing(t *testing.T) {
	d := open(t, nil)
	for range 20 {
		if code := d.post("[" + notice() + "," + notice() + "]"); code != http.StatusOK {
			t.Fatalf("status %d", code)
		}
	}
	if got := d.pending(t); len(got) != 1 {
		t.Errorf("pending %q", got)
	}
}

func TestTheHandshakeIsAnsweredWithoutStorage(t *testing.T) {
	d := open(t, broken{})
	for body, want := range map[string]int{
		`{"validationCode":"code-1"}`: http.StatusOK,
		`{"validationCode":"code-2"}`: http.StatusBadRequest,
		`{}`:                          http.StatusBadRequest,
		``:                            http.StatusBadRequest,
		`[]`:                          http.StatusBadRequest,
	} {
		if code := d.post(body, "Webhook-ValidationCode", "code-1"); code != want {
			t.Errorf("%q is answered %d, want %d", body, code, want)
		}
	}
}

func TestWithoutItsAuthIDNothingIsTaken(t *testing.T) {
	d := open(t, broken{})
	for _, wrong := range []string{"", "wrong", authID + "x", authID[1:], strings.ToUpper(authID)} {
		for _, validation := range []string{"", "code"} {
			code := d.post("["+notice()+"]", "Webhook-AuthID", wrong, "Webhook-ValidationCode", validation)
			if code != http.StatusUnauthorized {
				t.Errorf("AuthID %q is answered %d", wrong, code)
			}
		}
	}
	d.AuthID = ""
	if code := d.post("["+notice()+"]", "Webhook-AuthID", ""); code != http.StatusNotFound {
		t.Errorf("a webhook that is not configured answers %d", code)
	}
}

func TestHostileNoticesAreIgnored(t *testing.T) {
	for name, changes := range map[string][]string{
		"of another tenant":             {"tenantId", "99999999-9999-4999-8999-999999999999"},
		"of a type that is not pulled":  {"contentType", "DLP.All"},
		"of a type that does not exist": {"contentType", "../raw"},
		"without an id":                 {"contentId", ""},
		"with a path for an id":         {"contentId", "../../subscriptions/stop?x="},
		"with a URL for an id":          {"contentId", "https://evil.example/"},
		"with control characters":       {"contentId", "a\r\nAuthorization: x"},
		"with an endless id":            {"contentId", strings.Repeat("a", 513)},
		"of long ago":                   {"contentCreated", "2020-01-01T00:00:00.000Z"},
		"of the future":                 {"contentCreated", "2026-12-21T09:30:00.000Z"},
		"without a time":                {"contentCreated", "yesterday"},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, nil)
			if code := d.post("[" + notice(changes...) + "]"); code != http.StatusOK {
				t.Errorf("status %d", code)
			}
			if got := d.pending(t); len(got) > 0 {
				t.Errorf("pending %q", got)
			}
			if !strings.Contains(d.log.String(), `"ignored":1`) {
				t.Errorf("not counted as ignored: %s", &d.log)
			}
		})
	}
}

func TestANoticesOwnAddressAndExpirationAreNotUsed(t *testing.T) {
	d := open(t, nil)
	d.post("[" + notice("contentUri", "https://evil.example/", "contentExpiration", "2026-11-21T10:00:01Z") + "]")
	for e, err := range d.Store.Pending(t.Context(), "Audit.General", time.Time{}) {
		if err != nil || !e.Expiration.Equal(e.Created.Add(7*24*time.Hour)) {
			t.Errorf("entry %+v, %v", e, err)
		}
	}
}

func TestBodiesThatAreNoNoticesAreRefused(t *testing.T) {
	d := open(t, broken{})
	for name, test := range map[string]struct {
		body string
		want int
	}{
		"nothing":           {"", http.StatusBadRequest},
		"no JSON":           {"notices", http.StatusBadRequest},
		"an object":         {notice(), http.StatusBadRequest},
		"null":              {"null", http.StatusBadRequest},
		"an array of texts": {`["a"]`, http.StatusBadRequest},
		"a number as an id": {`[{"contentId":1}]`, http.StatusBadRequest},
		"half of it":        {"[" + notice(), http.StatusBadRequest},
		"over 1 MiB":        {"[" + strings.Repeat(" ", 1<<20) + "]", http.StatusRequestEntityTooLarge},
		"too many":          {"[" + strings.Repeat("{},", 2000) + "{}]", http.StatusRequestEntityTooLarge},
	} {
		if code := d.post(test.body); code != test.want {
			t.Errorf("%s is answered %d, want %d", name, code, test.want)
		}
	}
}

// The API sends a notice again that was not answered by 200.
func TestNoNoticeIsAcknowledgedWhileStorageIsAway(t *testing.T) {
	d := open(t, broken{})
	if code := d.post("[" + notice() + "]"); code != http.StatusServiceUnavailable {
		t.Errorf("status %d", code)
	}
}

func TestTheLogHoldsNoneOfWhatWasSent(t *testing.T) {
	d := open(t, nil)
	d.post("["+notice("contentId", "canary$1")+"]", "Webhook-AuthID", "canary")
	d.post("[" + notice("contentId", "canary$1") + "," + notice("tenantId", "canary") + "]")
	d.post(`{"canary":1}`)
	d.post(`{"validationCode":"canary"}`, "Webhook-ValidationCode", "canary2")
	if strings.Contains(d.log.String(), "canary") || strings.Contains(d.log.String(), authID) {
		t.Errorf("log: %s", &d.log)
	}
}

func TestManyNoticesAtOnceCostFewTransactions(t *testing.T) {
	d := open(t, nil)
	var notices []string
	for i := range 1000 {
		notices = append(notices, notice("contentId", fmt.Sprintf("id$%d", i)))
	}
	before := d.Store.Requests()
	if code := d.post("[" + strings.Join(notices, ",") + "]"); code != http.StatusOK {
		t.Fatalf("status %d", code)
	}
	if n := d.Store.Requests() - before; n > 60 {
		t.Errorf("%d storage requests for 1,000 notices", n)
	}
}

type broken struct{}

func (broken) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("storage is away")
}
