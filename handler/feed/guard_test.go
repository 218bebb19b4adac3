package feed

import (
	"net/http"
	"net/url"
	"testing"
)

// Every URL is built from the root; should one ever not be, the token stays.
func TestNoRequestIsBuiltForAnotherOrigin(t *testing.T) {
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
