package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/query"
)

// stranger is a server that is not to be asked anything.
func stranger(t *testing.T) (url string, asked *atomic.Int32) {
	t.Helper()
	asked = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func TestNobodyButTheDeploymentIsAsked(t *testing.T) {
	s := newSite(t)
	elsewhere, asked := stranger(t)
	goesOn := func(to string) meddle {
		return change(func(h http.Header) { h.Set("Link", "<"+to+`/api/v1/events?cursor=x>; rel="next"`) }, func(string) string { return "" })
	}
	toOther := func(status int) meddle {
		return refuse(status, http.Header{"Location": {elsewhere + "/login?secret=x"}}, "")
	}
	host := strings.TrimPrefix(s.server.URL, "https://")
	for name, x := range map[string]struct {
		do   meddle
		want string
	}{
		"a next page elsewhere":                  {goesOn(elsewhere), "goes on at " + elsewhere},
		"a next page without TLS":                {goesOn("http://" + host), "goes on at http://" + host},
		"a next page at another port":            {goesOn("https://127.0.0.1:1"), "goes on at https://127.0.0.1:1"},
		"a next page as a user":                  {goesOn("https://user@" + host), "goes on at"},
		"a next page with the host as a user":    {goesOn("https://" + host + "@" + strings.TrimPrefix(elsewhere, "http://")), "goes on at"},
		"a next page without a host":             {goesOn(""), "goes on at"},
		"a redirect for the time being":          {toOther(302), "302 Found\n  it redirects to " + elsewhere},
		"a redirect that keeps the method":       {toOther(307), "it redirects to " + elsewhere},
		"a redirect for good":                    {toOther(308), "it redirects to " + elsewhere},
		"a redirect to a page of the deployment": {refuse(302, http.Header{"Location": {"/.auth/login/aad"}}, ""), "set LABELTRAIL_AUDIENCE"},
	} {
		t.Run(name, func(t *testing.T) {
			s.plan(nth(0, x.do))
			got := s.search(t, "-startDate", "-90d")
			if got.code != exitFailed || !strings.Contains(got.stderr, x.want) || strings.Contains(got.stderr, "secret") || s.sent() != 1 {
				t.Errorf("exit code %d after %d requests, want %q in\n%s", got.code, s.sent(), x.want, got.stderr)
			}
		})
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the stranger was asked %d times", n)
	}
}

func TestWhatTheAPIRefusesIsSaidAsItSaysIt(t *testing.T) {
	s := newSite(t)
	for _, x := range []struct {
		args []string
		want string
	}{
		{[]string{"-startDate", "yesterday"}, `400 InvalidParameter: startDate: "yesterday" is not a date`},
		{[]string{"-startDate", "-1d", "-startDate", "-2d"}, "startDate: given 2 times"},
		{[]string{"-recordType", "AipNothing"}, `"AipNothing" is not the number or the name of a record type`},
		{[]string{"-view", "x"}, `400 InvalidParameter: view: "x" is not`},
		{[]string{"-resultSize", "0"}, "400 InvalidParameter: resultSize: "},
		{[]string{"-format", "json", "-format", "csv"}, "400 InvalidParameter: format: "},
		{[]string{"-cursor", "x"}, "400 InvalidCursor: cursor: "},
	} {
		s.plan(nil)
		got := s.search(t, x.args...)
		if got.code != exitFailed || !strings.Contains(got.stderr, x.want) || got.stdout != "" || s.sent() != 1 {
			t.Errorf("%v: exit code %d after %d requests, want %q in\n%s", x.args, got.code, s.sent(), x.want, got.stderr)
		}
	}
}

func TestARefusalComesWithWhatToDo(t *testing.T) {
	s := newSite(t)
	s.credential = &credential{life: time.Hour, now: s.Clock.Now}
	for name, x := range map[string]struct {
		env    map[string]string
		status int // 0: what the site answers
		want   string
	}{
		"no key":                  {map[string]string{"LABELTRAIL_KEY": ""}, 0, "401 Unauthorized\n  set LABELTRAIL_KEY"},
		"a wrong key":             {map[string]string{"LABELTRAIL_KEY": "another"}, 0, "LABELTRAIL_KEY is no key of this app's query function"},
		"a token and a wrong key": {map[string]string{"LABELTRAIL_KEY": "another", "LABELTRAIL_AUDIENCE": "api://x"}, 0, "LABELTRAIL_AUDIENCE must be an audience"},
		"forbidden":               {nil, 403, "403 Forbidden\n  the app is stopped"},
		"another app":             {nil, 404, "404 Not Found\n  is LABELTRAIL_URL (" + s.server.URL + ") a labeltrail's?"},
	} {
		t.Run(name, func(t *testing.T) {
			before := s.env
			defer func() { s.env = before }()
			s.env = map[string]string{"LABELTRAIL_URL": s.server.URL, "LABELTRAIL_KEY": siteKey}
			for k, v := range x.env {
				s.env[k] = v
			}
			s.plan(nil)
			if x.status > 0 {
				s.plan(always(refuse(x.status, nil, "<html></html>")))
			}
			if got := s.search(t, "-startDate", "-90d"); got.code != exitFailed || !strings.Contains(got.stderr, x.want) || s.sent() != 1 {
				t.Errorf("exit code %d after %d requests, want %q in\n%s", got.code, s.sent(), x.want, got.stderr)
			}
		})
	}
}

func TestADeploymentThatIsNotNamedWellIsNotAsked(t *testing.T) {
	s := newSite(t)
	host := strings.TrimPrefix(s.server.URL, "https://")
	for url, want := range map[string]string{
		"":                                      "required",
		"trail.example":                         "not a URL such as",
		"https://":                              "not a URL such as",
		"://" + siteKey:                         "not a URL such as",
		"http://trail.example":                  "https is required",
		"ftp://" + host:                         "https is required",
		"https://" + host + "/api":              "only scheme and host",
		"https://" + host + "/?code=" + siteKey: "a key belongs in LABELTRAIL_KEY",
		"https://me:" + siteKey + "@" + host:    "only scheme and host",
	} {
		s.plan(nil)
		s.env["LABELTRAIL_URL"] = url
		if got := s.search(t); got.code != exitFailed || !strings.Contains(got.stderr, "LABELTRAIL_URL: ") || !strings.Contains(got.stderr, want) || s.sent() > 0 {
			t.Errorf("%s: exit code %d, want %q in\n%s", url, got.code, want, got.stderr)
		}
	}
	for _, url := range []string{s.server.URL + "/", " " + s.server.URL + " ", strings.ToUpper(s.server.URL[:8]) + host} {
		s.env["LABELTRAIL_URL"] = url
		s.well(t)
	}
}

func TestACertificateThatIsNotTrustedIsNotTriedAgain(t *testing.T) {
	s := newBareSite(t)
	p := s.program(nil, nil)
	var stderr strings.Builder
	p.stderr, p.api = &stderr, http.DefaultTransport
	if code := p.run(t.Context(), []string{"search"}); code != exitFailed || !strings.Contains(stderr.String(), "certificate") || len(s.waits) > 0 {
		t.Errorf("exit code %d after waits of %v\n%s", code, s.waits, &stderr)
	}
}

// A credential is who is logged in, and gets tokens that live so long.
type credential struct {
	life   time.Duration
	now    func() time.Time
	scopes []string // of the tokens that were got
	err    error
}

func (c *credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.scopes = append(c.scopes, o.Scopes...)
	return azcore.AccessToken{Token: "a-token", ExpiresOn: c.now().Add(c.life)}, c.err
}

func TestWhoIsLoggedInIsShownToAnAppThatAsksForIt(t *testing.T) {
	s := newSite(t)
	for _, audience := range []string{"api://trail", "api://trail/.default"} {
		c := &credential{life: time.Hour, now: s.Clock.Now}
		s.credential, s.env["LABELTRAIL_AUDIENCE"] = c, audience
		s.plan(nil)
		s.well(t, "-startDate", "-90d", "-resultSize", "20")
		for _, r := range s.requests {
			if got := r.Header.Get("Authorization"); got != "Bearer a-token" {
				t.Errorf("Authorization: %q", got)
			}
		}
		if diff := cmp.Diff([]string{"api://trail/.default"}, c.scopes); diff != "" {
			t.Errorf("tokens for %s: -want +got\n%s", audience, diff)
		}
	}
}

func TestWithoutAnAudienceNoTokenIsGotOrSent(t *testing.T) {
	s := newSite(t)
	c := &credential{life: time.Hour, now: s.Clock.Now}
	s.credential = c
	s.plan(nil)
	s.well(t)
	if got := s.requests[0].Header.Get("Authorization"); got != "" || len(c.scopes) > 0 {
		t.Errorf("Authorization: %q, tokens for %v", got, c.scopes)
	}
}

func TestATokenIsReplacedBeforeItEnds(t *testing.T) {
	s := newSite(t)
	c := &credential{life: 10 * time.Minute, now: s.Clock.Now}
	s.credential, s.env["LABELTRAIL_AUDIENCE"] = c, "api://trail"
	s.plan(always(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		s.Clock.Advance(2 * time.Minute)
		next.ServeHTTP(w, r)
	}))
	s.well(t, "-startDate", "-90d", "-resultSize", "10")
	if want := (s.sent() + 2) / 3; len(c.scopes) != want {
		t.Errorf("%d tokens for %d requests, 2 minutes each; want one for 3, which is %d", len(c.scopes), s.sent(), want)
	}
}

func TestATokenThatCannotBeGotIsSaid(t *testing.T) {
	s := newBareSite(t)
	s.credential, s.env["LABELTRAIL_AUDIENCE"] = &credential{now: s.Clock.Now, err: errors.New("please run az login")}, "api://trail"
	s.plan(nil)
	got := s.search(t)
	if got.code != exitFailed || !strings.Contains(got.stderr, "LABELTRAIL_AUDIENCE: please run az login") || s.sent()+len(s.waits) > 0 {
		t.Errorf("exit code %d after %d requests\n%s", got.code, s.sent(), got.stderr)
	}
}

func TestEveryParameterOfTheAPIIsAFlag(t *testing.T) {
	s := newBareSite(t)
	help := s.search(t, "-h")
	for _, p := range query.EventParameters() {
		if !strings.Contains(help.stderr, "  -"+p.Name+" value\n") {
			t.Errorf("no flag -%s in\n%s", p.Name, help.stderr)
		}
	}
	for _, want := range []string{"Usage: labeltrail search", "LABELTRAIL_URL (required)", "LABELTRAIL_KEY", "LABELTRAIL_AUDIENCE", "-first", "-out file", `(default ndjson)`} {
		if help.code != exitWell || !strings.Contains(help.stderr, want) {
			t.Errorf("exit code %d, want %q in\n%s", help.code, want, help.stderr)
		}
	}
}

func TestFlagsArePassedOnAsTheyAreGiven(t *testing.T) {
	s := newBareSite(t)
	for _, x := range []struct {
		args []string
		want string
	}{
		{[]string{"-StartDate", "-90d", "--ENDDATE=-1h", "-userids", "a@b,c d"}, "endDate=-1h&format=ndjson&resultSize=50000&startDate=-90d&userIds=a%40b%2Cc+d"},
		{[]string{"-operations", "-Format", "-operations", "=x=&", "-first", "9"}, "format=ndjson&operations=-Format&operations=%3Dx%3D%26&resultSize=9"},
		{[]string{"-format=json", "-resultSize", "3", "-First=5", "-operations", ""}, "format=json&operations=&resultSize=3"},
	} {
		parsed, err := s.program(nil, nil).parseSearch(x.args)
		if err != nil {
			t.Errorf("%v: %v", x.args, err)
		} else if got := parsed.question.Encode(); got != x.want {
			t.Errorf("%v: asked %s, want %s", x.args, got, x.want)
		}
	}
}

func TestFlagsThatAreNoneAreNamed(t *testing.T) {
	s := newBareSite(t)
	s.plan(nil)
	for _, x := range []struct {
		args []string
		want string
	}{
		{[]string{"-color", "red"}, "flag provided but not defined: -color"},
		{[]string{"-startDate"}, "flag needs an argument: -startDate"},
		{[]string{"-90d"}, "-90d"},
		{[]string{"-first", "-1"}, "-first: -1 is less than 0"},
		{[]string{"-first", "many"}, "-first"},
		{[]string{"-format", "xml"}, `-format: "xml" is not json, ndjson or csv`},
		{[]string{"-userIds", "a@b", "c@d"}, `unexpected argument "c@d"`},
	} {
		got := s.search(t, x.args...)
		lines := slices.Collect(strings.Lines(got.stderr))
		if last := lines[len(lines)-1]; got.code != exitFailed || !strings.Contains(last, x.want) || s.sent() > 0 {
			t.Errorf("%v: exit code %d, the last line is %s", x.args, got.code, last)
		}
	}
}
