package search

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// A deployment is a function app that answers queries. Every request goes
// through get, which sends the key and the token to the deployment's own origin
// only.
type deployment struct {
	origin      *url.URL // scheme and host
	key         string   // "" sends none
	token       *tokens  // nil sends none
	client      *http.Client
	idleTimeout time.Duration
}

// defaultIdleTimeout is how long a response may stall. It exceeds the 230
// seconds after which the platform's front end ends a request itself.
const defaultIdleTimeout = 4 * time.Minute

// openDeployment reads the settings. It sends no request. No error quotes a
// value, because a value may hold a key.
func (c *Config) openDeployment() (*deployment, error) {
	origin, err := parseOrigin(c.setting("LABELTRAIL_URL"))
	if err != nil {
		return nil, fmt.Errorf("LABELTRAIL_URL: %w", err)
	}
	d := &deployment{
		origin: origin, key: c.setting("LABELTRAIL_KEY"), client: c.client(),
		idleTimeout: cmp.Or(c.IdleTimeout, defaultIdleTimeout),
	}
	if audience := c.setting("LABELTRAIL_AUDIENCE"); audience != "" {
		credential, err := c.Credential()
		if err != nil {
			return nil, fmt.Errorf("LABELTRAIL_AUDIENCE: %w", err)
		}
		d.token = &tokens{credential: credential, scope: strings.TrimSuffix(audience, "/.default") + "/.default", now: c.Now}
	}
	return d, nil
}

// client follows no redirect, which would carry the key along.
func (c *Config) client() *http.Client {
	return &http.Client{
		Transport:     c.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// parseOrigin accepts scheme and host alone. A key in the URL would get into
// the shell's history and the logs of proxies.
func parseOrigin(value string) (*url.URL, error) {
	if value == "" {
		return nil, errors.New("required: the function app's address, such as https://<app>.azurewebsites.net")
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" {
		return nil, errors.New("not a URL such as https://<app>.azurewebsites.net")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("only scheme and host, such as https://<app>.azurewebsites.net; a key belongs in LABELTRAIL_KEY")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return nil, errors.New("https is required, except for a loopback address: others could read the key on the way")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// get sends a request with the key and the token.
func (d *deployment) get(ctx context.Context, u *url.URL) (*http.Response, error) {
	if !sameOrigin(u, d.origin) {
		return nil, &permanent{fmt.Errorf("no request to %s: it is not LABELTRAIL_URL", originOf(u))}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	if d.key != "" {
		r.Header.Set("X-Functions-Key", d.key)
	}
	if d.token != nil {
		token, err := d.token.get(ctx)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := d.client.Do(r)
	if failed, ok := errors.AsType[*url.Error](err); ok { // its text has the query, which may name people
		err = fmt.Errorf("ask %s: %w", originOf(u), failed.Err)
	}
	return resp, err
}

// nextPage returns the URL of the page that follows a response, or nil after
// the last page. A page elsewhere is an error: the key would go there.
func (d *deployment) nextPage(h http.Header) (*url.URL, error) {
	link := nextLink(h)
	if link == "" {
		return nil, nil
	}
	u, err := url.Parse(link)
	if err != nil {
		return nil, errors.New("the link to the next page is not a valid URL")
	}
	if !sameOrigin(u, d.origin) {
		return nil, fmt.Errorf("the next page is at %s, which is not LABELTRAIL_URL (%s) and must not receive the key; if they are the same app, "+
			"set LABELTRAIL_URL to the former, or let the proxy in front of the app send X-Forwarded-Host and X-Forwarded-Proto",
			originOf(u), originOf(d.origin))
	}
	return u, nil
}

// A Link header has links with parameters (RFC 8288, section 3). The text
// between the angle brackets may hold commas.
var (
	links   = regexp.MustCompile(`<([^<>]*)>((?:\s*;[^;,]*)*)`)
	relNext = regexp.MustCompile(`(?i);\s*rel\s*=\s*"?next"?\s*(;|$)`)
)

// nextLink returns the link with the relation "next", or "" after the last page.
func nextLink(h http.Header) string {
	for _, value := range h.Values("Link") {
		all := links.FindAllStringSubmatch(value, -1)
		i := slices.IndexFunc(all, func(link []string) bool { return relNext.MatchString(link[2]) })
		if i >= 0 {
			return all[i][1]
		}
	}
	return ""
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && a.User == nil && b.User == nil && hostPort(a) == hostPort(b)
}

// hostPort returns the host in lower case with its port, or with the default port
// of the scheme if the URL has none.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// originOf returns the part of a URL that may be printed. The query may hold a
// key.
func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }

// tokens gets access tokens and caches one until shortly before it expires:
// the credential may run a program (az) for each.
type tokens struct {
	credential azcore.TokenCredential
	scope      string
	now        func() time.Time
	last       azcore.AccessToken
}

// tokenMargin is how long before its expiry a token is replaced. A request may
// wait in a queue, and clocks differ.
const tokenMargin = 5 * time.Minute

func (t *tokens) get(ctx context.Context) (string, error) {
	if t.last.Token == "" || !t.now().Before(t.last.ExpiresOn.Add(-tokenMargin)) {
		token, err := t.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{t.scope}})
		if err != nil {
			return "", &permanent{fmt.Errorf("get a token for LABELTRAIL_AUDIENCE: %w", err)}
		}
		t.last = token
	}
	return t.last.Token, nil
}
