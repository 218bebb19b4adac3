package feed

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

func testClient(t testing.TB) *Client {
	t.Helper()
	root, _ := CloudByName("enterprise")
	const tenant = "11111111-2222-3333-4444-55555555555a"
	return &Client{root: root.Root, tenant: tenant, publisher: tenant}
}

// Every URL is built from the root. If a bug ever builds another one, the token
// must stay.
func TestNewRequestForeignURL(t *testing.T) {
	c := testClient(t)
	for _, other := range []string{
		"http://manage.office.com/", "https://manage.office.com:8443/", "https://manage.office.com./",
		"https://evil.example/", "https://user@manage.office.com/", "//manage.office.com/",
	} {
		u, err := url.Parse(other)
		if err != nil {
			t.Fatal(err)
		}
		req, err := c.newRequest(t.Context(), request{method: http.MethodGet, url: u}, "token")
		if req != nil || ClassOf(err) != Internal {
			t.Errorf("%s: request %v, error %v; want an internal error", other, req, err)
		}
	}
}

func FuzzClassify(f *testing.F) {
	for _, body := range []string{
		`{"error":{"code":"AF50000","message":"An internal server error occurred. Retry the request."}}`,
		`{'error':{'code':'AF429','message':'Too many requests. Method=GetBlob'}}`,
		`{"Message":"Authorization has been denied for this request."}`,
		`{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}`,
		"<html><title>503</title></html>", "\ufeff", "", "{", "[]", `{"error":{"code":20022}}`, `{"error":null}`, "\x00\xff",
	} {
		f.Add(400, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e := classify("fetch content", status, body, Gone)
		switch e.Class {
		case Transient, Throttled, Configuration, NotSubscribed, Gone, Window, Internal:
		default:
			t.Errorf("class is %q", e.Class)
		}
		if throttledPattern.Match(body) && e.Class != Throttled {
			t.Errorf("throttling has class %q", e.Class)
		}
		if e.Code != "" && !codePattern.MatchString(e.Code) {
			t.Errorf("code is %q", e.Code)
		}
		if n := utf8.RuneCountInString(e.Message); n == 0 || n > maxMessage || !utf8.ValidString(e.Message) {
			t.Errorf("message of %d characters: %q", n, e.Message)
		}
		if strings.ContainsAny(e.Message, "\r\n\x00\x1b\u2028\u202e") || clean(e.Message) != e.Message {
			t.Errorf("message is not clean: %q", e.Message)
		}
		if isArray(body) && isError(body) {
			t.Error("an array is classified as an error")
		}
	})
}

func FuzzNextPage(f *testing.F) {
	const good = "https://manage.office.com/api/v1.0/11111111-2222-3333-4444-55555555555a/activity/feed/subscriptions/content"
	for _, uri := range []string{
		good + "?nextPage=1", strings.Replace(good, "v1.0", "v1", 1), good + "?PublisherIdentifier=x&%zz", good + "?a;b",
		"https://manage.office.com.evil.example" + good, "https://manage.office.com@evil.example/", "https://MANAGE.office.com:443/",
		"https://manage.office.com./api", "https://manage.office.com:8443/api", "//evil.example", good + "/../../x", good + "#x", good + "%2f",
		"https://manage.offIce.com", "https://\u212aanage.office.com", "https:manage.office.com", "\\\\evil",
	} {
		f.Add(uri)
	}
	c := testClient(f)
	f.Fuzz(func(t *testing.T, uri string) {
		u, err := c.nextPage(uri)
		if err != nil {
			return
		}
		sent, err := url.Parse(u.String())
		if err != nil {
			t.Fatalf("%q became %q: %v", uri, u, err)
		}
		if sent.Scheme != "https" || sent.Host != "manage.office.com" || sent.User != nil || sent.Fragment != "" {
			t.Errorf("%q became %q", uri, u)
		}
		path := strings.Replace(sent.EscapedPath(), "/api/v1/", "/api/v1.0/", 1)
		if path != "/api/v1.0/"+c.tenant+"/activity/feed/subscriptions/content" {
			t.Errorf("%q became the path %q", uri, path)
		}
		if !strings.Contains(strings.ToLower(uri), "manage.office.com") {
			t.Errorf("%q was accepted", uri)
		}
		if from, err := url.Parse(uri); err != nil || !strings.HasPrefix(sent.RawQuery, from.RawQuery) {
			t.Errorf("%q lost its query: %q", uri, u)
		}
		if !strings.Contains(strings.ToLower(sent.RawQuery), "publisher") && !strings.Contains(sent.RawQuery, "%") {
			t.Errorf("%q has no publisher: %q", uri, u)
		}
		if again, err := c.nextPage(u.String()); err != nil || again.String() != u.String() {
			t.Errorf("%q became %q, and then %q, %v", uri, u, again, err)
		}
	})
}

func FuzzContentURL(f *testing.F) {
	for _, id := range []string{"1$1$audit_general$Audit_General$emea0036", "../x", "a/b?c#d", "%2f", "\x00", "Ä", " "} {
		f.Add(id)
	}
	c := testClient(f)
	f.Fuzz(func(t *testing.T, id string) {
		u, err := url.Parse(c.contentURL(id).String())
		if err != nil {
			t.Fatal(err)
		}
		segment, ok := strings.CutPrefix(u.EscapedPath(), "/api/v1.0/"+c.tenant+"/activity/feed/audit/")
		plain, err := url.PathUnescape(segment)
		if !ok || err != nil || plain != id || strings.Contains(segment, "/") || u.Host != "manage.office.com" {
			t.Errorf("id %q became %q", id, u)
		}
		if strings.Count(segment, "$") != strings.Count(id, "$") {
			t.Errorf("id %q has its $ escaped in %q", id, segment)
		}
	})
}
