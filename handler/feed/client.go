package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/labeltrail/labeltrail/handler/clock"
)

// A Config configures a [Client].
type Config struct {
	Root       *url.URL               // required: scheme (https) and host of the API
	Tenant     string                 // required: GUID of the tenant to read
	Publisher  string                 // PublisherIdentifier sent with every request, a GUID; "": Tenant
	Credential azcore.TokenCredential // required; a credential of NewCredential can also renew a rejected token
	Audience   string                 // the API's identifier in a token's scope; "": Root

	Transport         http.RoundTripper // nil: a transport with time-outs that honors the proxy variables
	RequestsPerMinute int               // ceiling of HTTP requests to the API; 0: 2,000, the API's own baseline
	MaxBody           int64             // largest response body in bytes after decompression; 0: 256 MiB
	Timeout           time.Duration     // time-out of one HTTP request and its response; 0: 100 s

	Now  func() time.Time                                 // nil: time.Now
	Wait func(ctx context.Context, d time.Duration) error // waits for d, or returns ctx's error; nil: a timer
	Log  *slog.Logger                                     // nil: no log
}

const (
	defaultRequestsPerMinute = 2000
	defaultMaxBody           = 256 << 20 // bytes
	defaultTimeout           = 100 * time.Second
)

// A Client reads the activity of one tenant. It is safe for concurrent use. A
// process should have one Client per tenant, because all calls of a Client
// share its request rate and its backoff.
type Client struct {
	root      *url.URL
	tenant    string
	publisher string
	http      *http.Client
	tokens    *tokens
	pace      *pace
	maxBody   int64
	timeout   time.Duration
	now       func() time.Time
	log       *slog.Logger

	requests atomic.Int64
	skew     atomic.Int64 // a time.Duration
}

// New returns a client. It sends no request. Its error names every invalid
// field of cfg.
func New(cfg Config) (*Client, error) {
	cfg.setDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("configure management API client: %w", err)
	}
	return &Client{
		root:      &url.URL{Scheme: cfg.Root.Scheme, Host: cfg.Root.Host},
		tenant:    cfg.Tenant,
		publisher: cfg.Publisher,
		http:      &http.Client{Transport: cfg.Transport, CheckRedirect: keepRedirect},
		tokens:    &tokens{credential: cfg.Credential, scope: strings.TrimRight(cfg.Audience, "/") + "/.default", now: cfg.Now},
		pace:      newPace(cfg.RequestsPerMinute, cfg.Now, cfg.Wait),
		maxBody:   cfg.MaxBody,
		timeout:   cfg.Timeout,
		now:       cfg.Now,
		log:       cfg.Log,
	}, nil
}

// Requests returns the number of HTTP requests sent to the API so far, retries
// included. It does not count requests for tokens, nor those that net/http
// repeats on its own because an idle connection had been closed.
func (c *Client) Requests() int64 { return c.requests.Load() }

// Skew returns the API's clock minus ours, from the Date header of the last
// response. It is accurate to about a second, and 0 before the first response.
func (c *Client) Skew() time.Duration { return time.Duration(c.skew.Load()) }

func (cfg *Config) setDefaults() {
	cfg.Publisher = cmp.Or(cfg.Publisher, cfg.Tenant)
	cfg.RequestsPerMinute = cmp.Or(cfg.RequestsPerMinute, defaultRequestsPerMinute)
	cfg.MaxBody = cmp.Or(cfg.MaxBody, defaultMaxBody)
	cfg.Timeout = cmp.Or(cfg.Timeout, defaultTimeout)
	if cfg.Audience == "" && cfg.Root != nil {
		cfg.Audience = cfg.Root.String()
	}
	if cfg.Transport == nil {
		cfg.Transport = newTransport()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Wait == nil {
		cfg.Wait = clock.Sleep
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
}

func (cfg *Config) validate() error {
	var errs []error
	if !isOrigin(cfg.Root) {
		errs = append(errs, errors.New("root: not an https URL with scheme and host only"))
	}
	if !IsGUID(cfg.Tenant) {
		errs = append(errs, fmt.Errorf("tenant: %q is not a GUID", cfg.Tenant))
	}
	if !IsGUID(cfg.Publisher) || cfg.Publisher == ZeroGUID {
		errs = append(errs, fmt.Errorf("publisher: %q is not a GUID that identifies anyone", cfg.Publisher))
	}
	if cfg.Credential == nil {
		errs = append(errs, errors.New("credential: missing"))
	}
	if cfg.RequestsPerMinute < 0 || cfg.MaxBody < 0 || cfg.Timeout < 0 {
		errs = append(errs, errors.New("requests per minute, largest body, time-out: must not be negative"))
	}
	return errors.Join(errs...)
}

// isOrigin reports whether u is an https URL with scheme, host and port only.
func isOrigin(u *url.URL) bool {
	return u != nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && u.Opaque == "" &&
		strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
}

var guid = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// ZeroGUID is a placeholder and identifies nothing.
const ZeroGUID = "00000000-0000-0000-0000-000000000000"

// IsGUID reports whether s is a GUID in upper or lower case, without braces.
func IsGUID(s string) bool { return guid.MatchString(s) }

// newTransport returns a transport that honors HTTPS_PROXY and NO_PROXY. Its
// time-outs are long, because the API has been seen to take tens of seconds
// for a response, but finite.
func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = 15 * time.Second
	t.ResponseHeaderTimeout = 90 * time.Second
	t.MaxResponseHeaderBytes = 1 << 20
	t.MaxIdleConnsPerHost = 64 // at least the number of concurrent requests, so that they reuse connections
	return t
}

// keepRedirect makes http.Client return a redirect instead of following it,
// which would send the token along.
func keepRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// A Cloud is one of the national clouds that offer the API.
type Cloud struct {
	Name             string
	Root             *url.URL // scheme and host of the API; as a string, the audience of its tokens
	Login            *url.URL // scheme and host of the Microsoft Entra login endpoint
	ExchangeAudience string   // audience of a managed identity's token that replaces an application's secret
}

const (
	exchangeGlobal = "api://AzureADTokenExchange"
	exchangeUSGov  = "api://AzureADTokenExchangeUSGov"
)

// Clouds returns the known clouds. The hosts are those of "Office 365
// Management Activity API reference" and "National clouds".
func Clouds() []Cloud {
	return []Cloud{
		newCloud("enterprise", "manage.office.com", "login.microsoftonline.com", exchangeGlobal),
		newCloud("gcc", "manage-gcc.office.com", "login.microsoftonline.com", exchangeGlobal),
		newCloud("gcchigh", "manage.office365.us", "login.microsoftonline.us", exchangeUSGov),
		newCloud("dod", "manage.protection.apps.mil", "login.microsoftonline.us", exchangeUSGov),
	}
}

func newCloud(name, root, login, exchange string) Cloud {
	return Cloud{
		Name:             name,
		Root:             &url.URL{Scheme: "https", Host: root},
		Login:            &url.URL{Scheme: "https", Host: login},
		ExchangeAudience: exchange,
	}
}

// CloudByName returns the cloud with that name, compared without case, and
// reports whether there is one.
func CloudByName(name string) (Cloud, bool) {
	for _, c := range Clouds() {
		if strings.EqualFold(c.Name, name) {
			return c, true
		}
	}
	return Cloud{}, false
}
