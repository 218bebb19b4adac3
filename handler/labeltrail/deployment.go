package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// A deployment is a function app that answers questions. It may be sent a
// key and a token, and nothing else may: every request goes through ask, which
// sends them to the deployment's own origin alone, and redirects are not
// followed.
type deployment struct {
	origin *url.URL // scheme and host
	key    string   // "": none is sent
	login  *login   // nil: no token is sent
	client *http.Client
	// silence is how long nothing may come in before a request is given up.
	// It is more than the 230 seconds after which the platform's front end
	// itself gives up.
	silence time.Duration
}

const mostSilence = 4 * time.Minute

// openDeployment reads the settings of those who ask a deployment. It sends
// no request. No error quotes a value: a key may be in it.
func (p *program) openDeployment() (*deployment, error) {
	get := func(name string) string { return strings.TrimSpace(p.getenv(name)) }
	origin, err := parseOrigin(get("LABELTRAIL_URL"))
	if err != nil {
		return nil, fmt.Errorf("LABELTRAIL_URL: %w", err)
	}
	d := &deployment{origin: origin, key: get("LABELTRAIL_KEY"), client: p.client(), silence: cmp.Or(p.silence, mostSilence)}
	if audience := get("LABELTRAIL_AUDIENCE"); audience != "" {
		credential, err := p.loggedIn()
		if err != nil {
			return nil, fmt.Errorf("LABELTRAIL_AUDIENCE: %w", err)
		}
		d.login = &login{credential: credential, scope: strings.TrimSuffix(audience, "/.default") + "/.default", now: p.now}
	}
	return d, nil
}

// client follows no redirect: it would carry the key along.
func (p *program) client() *http.Client {
	transport := p.api
	if transport == nil {
		transport = http.DefaultTransport
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (p *program) loggedIn() (azcore.TokenCredential, error) {
	if p.credential != nil {
		return p.credential, nil
	}
	return operator("")
}

// parseOrigin takes scheme and host alone. A key in the URL would be in the
// history of the shell and in the logs of every proxy.
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
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, errors.New("https is required, but for a loopback address: the key would be read on the way")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.IsLoopback()
}

// ask sends a request, with what opens the deployment.
func (d *deployment) ask(ctx context.Context, u *url.URL) (*http.Response, error) {
	if !sameOrigin(u, d.origin) {
		return nil, &permanent{fmt.Errorf("%s is not asked: it is not LABELTRAIL_URL", originOf(u))}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	if d.key != "" {
		r.Header.Set("X-Functions-Key", d.key)
	}
	if d.login != nil {
		token, err := d.login.token(ctx)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := d.client.Do(r)
	var failed *url.Error
	if errors.As(err, &failed) { // it would repeat the question, which may name people
		err = fmt.Errorf("ask %s: %w", originOf(u), failed.Err)
	}
	return resp, err
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && a.User == nil && b.User == nil && hostPort(a) == hostPort(b)
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// originOf is what of a URL may be shown: its query may hold a key.
func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }

// A login gets tokens, and keeps one while it lives: the credential behind it
// may run a program (az) for each.
type login struct {
	credential azcore.TokenCredential
	scope      string
	now        func() time.Time
	last       azcore.AccessToken
}

// tokenMargin is how long before its end a token is replaced.
const tokenMargin = 5 * time.Minute

func (l *login) token(ctx context.Context) (string, error) {
	if l.last.Token == "" || !l.now().Before(l.last.ExpiresOn.Add(-tokenMargin)) {
		token, err := l.credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{l.scope}})
		if err != nil {
			return "", &permanent{fmt.Errorf("get a token for LABELTRAIL_AUDIENCE: %w", err)}
		}
		l.last = token
	}
	return l.last.Token, nil
}
