package feed_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"unicode"

	"github.com/labeltrail/labeltrail/handler/feed"
)

// errorBodies returns the forms of an error with that code.
func errorBodies(code string) map[string]string {
	return map[string]string{
		"envelope":        `{"error":{"code":"` + code + `","message":"what happened"}}`,
		"code second":     `{"error":{"message":"AF99999 is mentioned","code":"` + code + `"}}`,
		"single quotes":   `{'error':{'code':'` + code + `','message':'what happened'}}`,
		"text":            "Error " + code + ": what happened",
		"html":            "<html><head><title>" + code + "</title></head><body>what happened</body></html>",
		"byte order mark": "\ufeff" + `{"error":{"code":"` + code + `","message":"what happened"}}`,
	}
}

var errorClasses = map[feed.Class][]string{
	feed.Configuration: {"AF10001", "AF20010", "AF20011", "AF20012", "AF20021"},
	feed.NotSubscribed: {"AF20022", "AF20023"},
	feed.Window:        {"AF20030", "AF20031", "AF20055"},
	feed.Gone:          {"AF20050", "AF20051", "AF20052"},
	feed.Throttled:     {"AF429"},
	feed.Transient:     {"AF50000", "AF50005", "AF50006", "AF50099"},
	feed.Internal:      {"AF20001", "AF20002", "AF20003", "AF20013", "AF20020", "AF20053", "AF20054"},
}

// The status of most codes is undocumented, so the code alone must decide the
// class.
func TestClassifyByCode(t *testing.T) {
	var status int
	var body string
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) { reply(status, body)(w, r) })
	c := s.client(feed.Config{})
	for class, codes := range errorClasses {
		for _, code := range codes {
			for form, text := range errorBodies(code) {
				for _, status = range []int{400, 401, 403, 404, 500} {
					body = text
					_, err := c.Content(t.Context(), "id")
					want(t, err, class, code)
					if t.Failed() {
						t.Fatalf("response %d, %s: %s", status, form, body)
					}
				}
			}
		}
	}
}

// want returns err as an *Error and reports an error if its class or code is
// wrong.
func want(t *testing.T, err error, class feed.Class, code string) *feed.Error {
	t.Helper()
	e, ok := errors.AsType[*feed.Error](err)
	if !ok {
		t.Fatalf("error is %v (%T), want a *feed.Error of class %s", err, err, class)
	}
	if e.Class != class || e.Code != code {
		t.Errorf("%v: class %s, code %q; want %s, %q", e, e.Class, e.Code, class, code)
	}
	if feed.ClassOf(err) != class {
		t.Errorf("ClassOf is %s, want %s", feed.ClassOf(err), class)
	}
	return e
}

func TestClassifyByStatus(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		body   string
		class  feed.Class
		code   string
	}{
		{"429 without a body", 429, "", feed.Throttled, ""},
		{"429 with another code", 429, `{"error":{"code":"AF20050"}}`, feed.Throttled, "AF20050"},
		{"403 for too many requests", 403, `{'error':{'message':'Too Many Requests. Method=GetBlob'}}`, feed.Throttled, ""},
		{"503 page for too many requests", 503, `<html>too many requests</html>`, feed.Throttled, ""},
		{"403 with single quotes, from the troubleshooting page", 403, `{'error':{'code':'AF429','message':'Too many requests. Method=GetBlob, PublisherId=00000000-0000-0000-0000-000000000000'}}`, feed.Throttled, "AF429"},
		{"403 with another message", 403, `{"Message":"Forbidden"}`, feed.Configuration, ""},
		{"401 after renewal", 401, `{"Message":"Authorization has been denied for this request."}`, feed.Configuration, ""},
		{"407", 407, "", feed.Configuration, ""},
		{"404", 404, "", feed.Gone, ""},
		{"404 page", 404, "<html><title>Not Found</title></html>", feed.Gone, ""},
		{"404 with a transient code", 404, `{"error":{"code":"AF50000"}}`, feed.Transient, "AF50000"},
		{"410", 410, "", feed.Gone, ""},
		{"400 without a code", 400, `{"Message":"The request is invalid."}`, feed.Internal, ""},
		{"400 with an unknown code", 400, `{"error":{"code":"AF20099"}}`, feed.Internal, "AF20099"},
		{"411", 411, "", feed.Internal, ""},
		{"408", 408, "", feed.Transient, ""},
		{"500 without a body", 500, "", feed.Transient, ""},
		{"502 page", 502, "<html><title>Bad Gateway</title></html>", feed.Transient, ""},
		{"503", 503, "Service Unavailable", feed.Transient, ""},
		{"504", 504, "", feed.Transient, ""},
		{"206", 206, `[{}]`, feed.Transient, ""},
		{"auditing off, plain text", 500, `Microsoft.Office.Compliance.Audit.DataServiceException: Tenant ` + tenant + ` does not exist.`, feed.Configuration, ""},
		{"auditing off, envelope", 400, `{"error":{"code":"AF50000","message":"Microsoft.Office.Compliance.Audit.DataServiceException: Tenant ` + tenant + ` does not exist."}}`, feed.Configuration, "AF50000"},
		{"200 with an error", 200, `{"error":{"code":"AF20051","message":"expired"}}`, feed.Gone, "AF20051"},
		{"200 with throttling", 200, `{'error':{'code':'AF429','message':'Too many requests.'}}`, feed.Throttled, "AF429"},
		{"200 with an error without a code", 200, `{"error":{"message":"what happened"}}`, feed.Transient, ""},
		{"200 with ASP.NET's message", 200, `{"Message":"An error has occurred."}`, feed.Transient, ""},
		{"200 with an HTML page", 200, `<!DOCTYPE html><html></html>`, feed.Transient, ""},
		{"200 without a body", 200, "", feed.Transient, ""},
		{"200 with white space", 200, "\ufeff \r\n", feed.Transient, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, reply(test.status, test.body))
			got, err := s.client(feed.Config{}).Content(t.Context(), "id")
			e := want(t, err, test.class, test.code)
			if e.Status != test.status {
				t.Errorf("status is %d, want %d", e.Status, test.status)
			}
			if got != nil {
				t.Errorf("content %q returned with the error", got)
			}
		})
	}
}

// An empty or malformed body is never an empty listing.
func TestListMalformedBody(t *testing.T) {
	for _, body := range []string{
		"", "null", " ", "{}", `""`, "0", "[", `[{]`, "<html></html>", `{"value":[]}`,
		`{"error":{"message":"x"}}`,
	} {
		s := newServer(t, reply(200, body))
		pages, err := list(t.Context(), s.client(feed.Config{}))
		if len(pages) > 0 {
			t.Errorf("body %q: pages %v", body, pages)
		}
		want(t, err, feed.Transient, "")
	}
}

// A 404 is a configuration error, except for a content blob.
func TestClassifyNotFound(t *testing.T) {
	s := newServer(t, reply(404, "<html></html>"))
	c := s.client(feed.Config{})
	_, err := list(t.Context(), c)
	want(t, err, feed.Configuration, "")
	_, err = c.Subscriptions(t.Context())
	want(t, err, feed.Configuration, "")
	want(t, c.Start(t.Context(), "Audit.General", nil), feed.Configuration, "")
}

func TestClassifyAdvice(t *testing.T) {
	for body, words := range map[string]string{
		`{"error":{"code":"AF10001","message":"The permission set () sent in the request does not include the expected permission."}}`:    "ActivityFeed.Read",
		`{"error":{"code":"AF20010","message":"The tenant id in the URL does not match."}}`:                                               "check the tenant id",
		`{"error":{"code":"AF20011","message":"The specified tenant does not exist."}}`:                                                   "auditing",
		`{"error":{"code":"AF20012","message":"The tenant is incorrectly configured."}}`:                                                  "support case",
		`Microsoft.Office.Compliance.Audit.DataServiceException: Tenant x does not exist.`:                                                "Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true",
		`{"Message":"Authorization has been denied for this request."}`:                                                                   "admin consent",
		`{"error":{"code":"AF20021","message":"The webhook endpoint (x) could not be validated. The endpoint did not return HTTP 200."}}`: "webhook",
	} {
		s := newServer(t, reply(401, body))
		_, err := s.client(feed.Config{}).Content(t.Context(), "id")
		e, ok := errors.AsType[*feed.Error](err)
		if !ok || e.Class != feed.Configuration || !strings.Contains(e.Message, words) {
			t.Errorf("body %s: %v; want a configuration error with %q", body, err, words)
		}
	}
}

// A message is one short line without tokens and personal addresses.
func TestErrorMessageIsClean(t *testing.T) {
	s := newServer(t, reply(400, "one\r\ntwo\x1b[31m\u2028three\u202e \x00four Bearer abcdefghijklmnop eyJ0eXAiOiJKV1Qi.eyJhdWQi.c2ln "+
		"alice.smith@contoso.example "+strings.Repeat("0123456789abcdef", 8)+" "+strings.Repeat("word ", 100)))
	_, err := s.client(feed.Config{}).Content(t.Context(), "id")
	e := want(t, err, feed.Internal, "")
	if n := len([]rune(e.Message)); n > 300 {
		t.Errorf("message has %d characters", n)
	}
	for _, bad := range []string{"abcdefghijklmnop", "eyJ", "contoso", "smith", "0123456789abcdef"} {
		if strings.Contains(e.Message, bad) {
			t.Errorf("message contains %q: %s", bad, e.Message)
		}
	}
	if i := strings.IndexFunc(e.Error(), func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("message has an unprintable character at %d: %q", i, e.Error())
	}
	if !strings.HasPrefix(e.Message, "one two [31m three four [removed] [removed] [removed] [removed] word") {
		t.Errorf("message is %q", e.Message)
	}
}

func TestErrorText(t *testing.T) {
	for want, e := range map[string]*feed.Error{
		"list content: HTTP 400 AF20055: too wide": {Operation: "list content", Status: 400, Code: "AF20055", Message: "too wide"},
		"get token: HTTP 503: busy":                {Operation: "get token", Status: 503, Message: "busy"},
		"fetch content: connection reset":          {Operation: "fetch content", Message: "connection reset"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("Error() = %q, want %q", got, want)
		}
	}
	if got := feed.ClassOf(io.EOF); got != "" {
		t.Errorf("ClassOf(io.EOF) = %q, want none", got)
	}
}

func TestCallCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	c := s.client(feed.Config{})
	if _, err := c.Content(ctx, "id"); !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "fetch content:") {
		t.Errorf("error is %v, want fetch content: context canceled", err)
	}
	if _, err := c.Content(ctx, "id"); !errors.Is(err, context.Canceled) {
		t.Errorf("error before sending is %v, want context canceled", err)
	}
	if n := len(s.sent()); n != 1 {
		t.Errorf("%d requests were sent, want 1", n)
	}
}
