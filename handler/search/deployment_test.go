package search

import (
	"context"
	"errors"
	"flag"
	"io"
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

// forbiddenServer is a server that must not receive a request.
func forbiddenServer(t *testing.T) (url string, received *atomic.Int32) {
	t.Helper()
	received = &atomic.Int32{}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { received.Add(1) }))
	t.Cleanup(server.Close)
	return server.URL, received
}

// The key goes to the deployment's own origin only.
func TestRunSendsKeyNowhereElse(t *testing.T) {
	f := newFixture(t)
	elsewhere, received := forbiddenServer(t)
	linksTo := func(to string) fault {
		return change(func(h http.Header) { h.Set("Link", "<"+to+`/api/v1/events?cursor=x>; rel="next"`) }, func(string) string { return "" })
	}
	redirects := func(status int) fault {
		return respond(status, http.Header{"Location": {elsewhere + "/login?secret=x"}}, "")
	}
	host := strings.TrimPrefix(f.server.URL, "https://")
	for name, x := range map[string]struct {
		injected fault
		want     string
	}{
		"next page elsewhere":           {linksTo(elsewhere), "the next page is at " + elsewhere},
		"next page without TLS":         {linksTo("http://" + host), "the next page is at http://" + host},
		"next page at another port":     {linksTo("https://127.0.0.1:1"), "the next page is at https://127.0.0.1:1"},
		"next page with a user":         {linksTo("https://user@" + host), "the next page is at"},
		"next page with host as a user": {linksTo("https://" + host + "@" + strings.TrimPrefix(elsewhere, "http://")), "the next page is at"},
		"next page without a host":      {linksTo(""), "the next page is at"},
		"temporary redirect":            {redirects(302), "302 Found\n  it redirects to " + elsewhere},
		"redirect that keeps method":    {redirects(307), "it redirects to " + elsewhere},
		"permanent redirect":            {redirects(308), "it redirects to " + elsewhere},
		"redirect to its own login":     {respond(302, http.Header{"Location": {"/.auth/login/aad"}}, ""), "set LABELTRAIL_AUDIENCE"},
	} {
		t.Run(name, func(t *testing.T) {
			f.schedule(nth(0, x.injected))
			got := f.run(t, "-startDate", "-90d")
			if !got.failsWith(x.want) || strings.Contains(got.err.Error()+got.stderr, "secret") || f.sent() != 1 {
				t.Errorf("%v after %d requests, want %q in\n%s", got.err, f.sent(), x.want, got.stderr)
			}
		})
	}
	if n := received.Load(); n > 0 {
		t.Errorf("the other server received %d requests", n)
	}
}

// The API explains what is wrong with a query; search prints it unchanged.
func TestRunInvalidParameter(t *testing.T) {
	f := newFixture(t)
	for _, x := range []struct {
		args []string
		want string
	}{
		{[]string{"-startDate", "yesterday"}, `400 InvalidParameter: startDate: "yesterday" is not a date`},
		{[]string{"-startDate", "-1d", "-startDate", "-2d"}, "startDate: given 2 times"},
		{[]string{"-recordType", "AipNothing"}, `"AipNothing" is not the number or name of a record type`},
		{[]string{"-view", "x"}, `400 InvalidParameter: view: "x" is not`},
		{[]string{"-resultSize", "0"}, "400 InvalidParameter: resultSize: "},
		{[]string{"-format", "json", "-format", "csv"}, "400 InvalidParameter: format: "},
		{[]string{"-cursor", "x"}, "400 InvalidCursor: cursor: "},
	} {
		f.schedule(nil)
		got := f.run(t, x.args...)
		if !got.failsWith(x.want) || got.stdout != "" || f.sent() != 1 {
			t.Errorf("%v: %v after %d requests, want %q", x.args, got.err, f.sent(), x.want)
		}
	}
}

func TestRunHints(t *testing.T) {
	f := newFixture(t)
	f.credential = &credential{life: time.Hour, now: f.clock.Now}
	for name, x := range map[string]struct {
		env    map[string]string
		status int // 0 means the deployment's own response
		want   string
	}{
		"no key":                  {map[string]string{"LABELTRAIL_KEY": ""}, 0, "401 Unauthorized\n  set LABELTRAIL_KEY"},
		"a wrong key":             {map[string]string{"LABELTRAIL_KEY": "another"}, 0, "LABELTRAIL_KEY is not a key of this app's query function"},
		"a token and a wrong key": {map[string]string{"LABELTRAIL_KEY": "another", "LABELTRAIL_AUDIENCE": "api://x"}, 0, "LABELTRAIL_AUDIENCE must be an audience"},
		"forbidden":               {nil, 403, "403 Forbidden\n  the app is stopped"},
		"another app":             {nil, 404, "404 Not Found\n  is LABELTRAIL_URL (" + f.server.URL + ") a labeltrail deployment?"},
	} {
		t.Run(name, func(t *testing.T) {
			before := f.env
			defer func() { f.env = before }()
			f.env = map[string]string{"LABELTRAIL_URL": f.server.URL, "LABELTRAIL_KEY": functionKey}
			for k, v := range x.env {
				f.env[k] = v
			}
			f.schedule(nil)
			if x.status > 0 {
				f.schedule(always(respond(x.status, nil, "<html></html>")))
			}
			if got := f.run(t, "-startDate", "-90d"); !got.failsWith(x.want) || f.sent() != 1 {
				t.Errorf("%v after %d requests, want %q", got.err, f.sent(), x.want)
			}
		})
	}
}

func TestRunInvalidURL(t *testing.T) {
	f := newFixture(t)
	host := strings.TrimPrefix(f.server.URL, "https://")
	for url, want := range map[string]string{
		"":                         "required",
		"trail.example":            "not a URL such as",
		"https://":                 "not a URL such as",
		"://" + functionKey:        "not a URL such as",
		"http://trail.example":     "https is required",
		"ftp://" + host:            "https is required",
		"https://" + host + "/api": "only scheme and host",
		"https://" + host + "/?code=" + functionKey: "a key belongs in LABELTRAIL_KEY",
		"https://me:" + functionKey + "@" + host:    "only scheme and host",
	} {
		f.schedule(nil)
		f.env["LABELTRAIL_URL"] = url
		if got := f.run(t); !got.failsWith("LABELTRAIL_URL: ") || !got.failsWith(want) || f.sent() > 0 {
			t.Errorf("%s: %v, want %q", url, got.err, want)
		}
	}
	for _, url := range []string{f.server.URL + "/", " " + f.server.URL + " ", strings.ToUpper(f.server.URL[:8]) + host} {
		f.env["LABELTRAIL_URL"] = url
		f.output(t)
	}
}

func TestRunUntrustedCertificate(t *testing.T) {
	f := newEmptyFixture(t)
	cfg := f.config(io.Discard, io.Discard)
	cfg.Transport = nil // the default trusts no test server
	if err := Run(t.Context(), cfg, nil); err == nil || !strings.Contains(err.Error(), "certificate") || len(f.waits) > 0 {
		t.Errorf("%v after waits of %v", err, f.waits)
	}
}

// A credential returns tokens of a fixed lifetime.
type credential struct {
	life   time.Duration
	now    func() time.Time
	scopes []string // of the tokens that it returned
	err    error
}

func (c *credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	c.scopes = append(c.scopes, o.Scopes...)
	return azcore.AccessToken{Token: "a-token", ExpiresOn: c.now().Add(c.life)}, c.err
}

func TestRunToken(t *testing.T) {
	t.Run("for an audience", func(t *testing.T) {
		f := newFixture(t)
		for _, audience := range []string{"api://trail", "api://trail/.default"} {
			c := &credential{life: time.Hour, now: f.clock.Now}
			f.credential, f.env["LABELTRAIL_AUDIENCE"] = c, audience
			f.schedule(nil)
			f.output(t, "-startDate", "-90d", "-resultSize", "20")
			for _, r := range f.requests {
				if got := r.Header.Get("Authorization"); got != "Bearer a-token" {
					t.Errorf("Authorization: %q", got)
				}
			}
			if diff := cmp.Diff([]string{"api://trail/.default"}, c.scopes); diff != "" {
				t.Errorf("tokens for %s: -want +got\n%s", audience, diff)
			}
		}
	})
	t.Run("no audience", func(t *testing.T) {
		f := newFixture(t)
		c := &credential{life: time.Hour, now: f.clock.Now}
		f.credential = c
		f.schedule(nil)
		f.output(t)
		if got := f.requests[0].Header.Get("Authorization"); got != "" || len(c.scopes) > 0 {
			t.Errorf("Authorization: %q, tokens for %v", got, c.scopes)
		}
	})
	t.Run("replaced before it expires", func(t *testing.T) {
		f := newFixture(t)
		c := &credential{life: 10 * time.Minute, now: f.clock.Now}
		f.credential, f.env["LABELTRAIL_AUDIENCE"] = c, "api://trail"
		f.schedule(always(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			f.clock.Advance(2 * time.Minute)
			next.ServeHTTP(w, r)
		}))
		f.output(t, "-startDate", "-90d", "-resultSize", "10")
		if want := (f.sent() + 2) / 3; len(c.scopes) != want {
			t.Errorf("%d tokens for %d requests, 2 minutes each; want one for 3, which is %d", len(c.scopes), f.sent(), want)
		}
	})
	t.Run("fails", func(t *testing.T) {
		f := newEmptyFixture(t)
		f.credential, f.env["LABELTRAIL_AUDIENCE"] = &credential{now: f.clock.Now, err: errors.New("please run az login")}, "api://trail"
		f.schedule(nil)
		if got := f.run(t); !got.failsWith("LABELTRAIL_AUDIENCE: please run az login") || f.sent()+len(f.waits) > 0 {
			t.Errorf("%v after %d requests", got.err, f.sent())
		}
	})
	t.Run("no credential", func(t *testing.T) {
		f := newEmptyFixture(t)
		f.env["LABELTRAIL_AUDIENCE"] = "api://trail"
		cfg := f.config(io.Discard, io.Discard)
		cfg.Credential = func() (azcore.TokenCredential, error) { return nil, errors.New("broken") }
		if err := Run(t.Context(), cfg, nil); err == nil || err.Error() != "LABELTRAIL_AUDIENCE: broken" {
			t.Errorf("got %v", err)
		}
	})
}

func TestUsage(t *testing.T) {
	f := newEmptyFixture(t)
	help := f.run(t, "-h")
	for _, p := range query.EventParameters() {
		if !strings.Contains(help.stderr, "  -"+p.Name+" value\n") {
			t.Errorf("no flag -%s in\n%s", p.Name, help.stderr)
		}
	}
	for _, want := range []string{"Usage: labeltrail search", "LABELTRAIL_URL (required)", "LABELTRAIL_KEY", "LABELTRAIL_AUDIENCE", "-first", "-out file", `(default ndjson)`} {
		if !errors.Is(help.err, flag.ErrHelp) || !strings.Contains(help.stderr, want) {
			t.Errorf("%v, want %q in\n%s", help.err, want, help.stderr)
		}
	}
}

func TestParse(t *testing.T) {
	f := newEmptyFixture(t)
	for _, x := range []struct {
		args []string
		want string
	}{
		{[]string{"-StartDate", "-90d", "--ENDDATE=-1h", "-userids", "a@b,c d"}, "endDate=-1h&format=ndjson&resultSize=50000&startDate=-90d&userIds=a%40b%2Cc+d"},
		{[]string{"-operations", "-Format", "-operations", "=x=&", "-first", "9"}, "format=ndjson&operations=-Format&operations=%3Dx%3D%26&resultSize=9"},
		{[]string{"-format=json", "-resultSize", "3", "-First=5", "-operations", ""}, "format=json&operations=&resultSize=3"},
	} {
		cfg := f.config(nil, nil)
		parsed, err := cfg.parse(x.args)
		if err != nil {
			t.Errorf("%v: %v", x.args, err)
		} else if got := parsed.question.Encode(); got != x.want {
			t.Errorf("%v: asked %s, want %s", x.args, got, x.want)
		}
	}
}

func TestParseFailure(t *testing.T) {
	f := newEmptyFixture(t)
	f.schedule(nil)
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
		got := f.run(t, x.args...)
		if got.err == nil {
			t.Errorf("%v: no error", x.args)
			continue
		}
		lines := slices.Collect(strings.Lines(got.err.Error()))
		if last := lines[len(lines)-1]; !strings.Contains(last, x.want) || f.sent() > 0 {
			t.Errorf("%v: the last line is %s", x.args, last)
		}
	}
}

func TestRunMinimalConfig(t *testing.T) {
	if err := Run(t.Context(), Config{}, nil); err == nil || err.Error() != "search: missing environment or output" {
		t.Errorf("got %v", err)
	}
	env := map[string]string{"LABELTRAIL_URL": "http://127.0.0.1:1", "LABELTRAIL_AUDIENCE": "api://trail"}
	cfg := Config{Getenv: func(name string) string { return env[name] }, Stdout: io.Discard, Stderr: io.Discard}
	if err := Run(t.Context(), cfg, nil); err == nil || err.Error() != "LABELTRAIL_AUDIENCE: missing credential" {
		t.Errorf("got %v", err)
	}
}
