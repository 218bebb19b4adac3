package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
)

// Config says which API is read, as whom, and how hard.
type Config struct {
	Root       *url.URL               // required: scheme (https) and host of the API
	Tenant     string                 // required: GUID of the tenant that is read
	Publisher  string                 // PublisherIdentifier of every call, a GUID; "": Tenant
	Credential azcore.TokenCredential // required; one of NewCredential can also renew a token that was refused
	Audience   string                 // the API's identifier in a token's scope; "": Root

	Transport         http.RoundTripper // nil: one with sane time-outs that honours the proxy variables
	RequestsPerMinute int               // ceiling of HTTP requests to the API; 0: 2,000, the API's own baseline
	MaxBody           int64             // most bytes of an answer's body after decompression; 0: 256 MiB
	Timeout           time.Duration     // of one HTTP request with its answer; 0: 100 s

	Now  func() time.Time                                 // nil: time.Now
	Wait func(ctx context.Context, d time.Duration) error // returns after d, or with ctx's error; nil: a timer
	Log  *slog.Logger                                     // nil: none
}

const (
	defaultRequestsPerMinute = 2000
	defaultMaxBody           = 256 << 20
	defaultTimeout           = 100 * time.Second
)

// A Client reads one tenant's activity. It may be used by many goroutines at
// once, and should be: all of them share its pace and its pauses.
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
	skew     atomic.Int64 // time.Duration
}

var guid = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// ZeroGUID is a placeholder and identifies nothing.
const ZeroGUID = "00000000-0000-0000-0000-000000000000"

// IsGUID reports whether s is a GUID in upper or lower case, without braces.
func IsGUID(s string) bool { return guid.MatchString(s) }

// New returns a client. It sends nothing yet. Its error names every fault of
// the Config.
func New(cfg Config) (*Client, error) {
	cfg.fillIn()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("configure management API client: %w", err)
	}
	return &Client{
		root:      &url.URL{Scheme: cfg.Root.Scheme, Host: cfg.Root.Host},
		tenant:    cfg.Tenant,
		publisher: cfg.Publisher,
		http:      &http.Client{Transport: cfg.Transport, CheckRedirect: noRedirect},
		tokens:    &tokens{credential: cfg.Credential, scope: strings.TrimRight(cfg.Audience, "/") + "/.default", now: cfg.Now},
		pace:      newPace(cfg.RequestsPerMinute, cfg.Now, cfg.Wait),
		maxBody:   cfg.MaxBody,
		timeout:   cfg.Timeout,
		now:       cfg.Now,
		log:       cfg.Log,
	}, nil
}

// Requests returns the number of HTTP requests sent to the API so far, repeats
// included. Not among them are requests for tokens, and those that net/http
// repeats by itself because an idle connection turned out to be closed.
func (c *Client) Requests() int64 { return c.requests.Load() }

// Skew returns the API's clock minus ours, by the Date header of the last
// answer: true to a second or so, and 0 before the first answer.
func (c *Client) Skew() time.Duration { return time.Duration(c.skew.Load()) }

func (cfg *Config) fillIn() {
	cfg.Publisher = or(cfg.Publisher, cfg.Tenant)
	cfg.RequestsPerMinute = or(cfg.RequestsPerMinute, defaultRequestsPerMinute)
	cfg.MaxBody = or(cfg.MaxBody, defaultMaxBody)
	cfg.Timeout = or(cfg.Timeout, defaultTimeout)
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
		cfg.Wait = sleep
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func (cfg *Config) validate() error {
	var faults []error
	if !isOrigin(cfg.Root) {
		faults = append(faults, errors.New("root: not an https URL of scheme and host alone"))
	}
	if !IsGUID(cfg.Tenant) {
		faults = append(faults, fmt.Errorf("tenant: %q is not a GUID", cfg.Tenant))
	}
	if !IsGUID(cfg.Publisher) || cfg.Publisher == ZeroGUID {
		faults = append(faults, fmt.Errorf("publisher: %q is not a GUID that identifies anyone", cfg.Publisher))
	}
	if cfg.Credential == nil {
		faults = append(faults, errors.New("credential: missing"))
	}
	if cfg.RequestsPerMinute < 0 || cfg.MaxBody < 0 || cfg.Timeout < 0 {
		faults = append(faults, errors.New("requests per minute, largest body, time-out: must not be negative"))
	}
	return errors.Join(faults...)
}

// isOrigin reports whether u is an https URL of scheme, host and port alone.
func isOrigin(u *url.URL) bool {
	return u != nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && u.Opaque == "" &&
		strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
}
