package feed

import (
	"net"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// newTransport returns a transport whose time-outs suit an API that is seen to
// take tens of seconds over an answer, and which never waits for ever. It
// honours HTTPS_PROXY and NO_PROXY.
func newTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	t.TLSHandshakeTimeout = 15 * time.Second
	t.ResponseHeaderTimeout = 90 * time.Second
	t.MaxResponseHeaderBytes = 1 << 20
	t.MaxIdleConnsPerHost = 64 // as many as are in flight at once: a connection is not made anew for each content
	return t
}

// singleTrip sends a request for a token and takes what comes back. A redirect
// comes back too: it would carry the secret along.
type singleTrip struct{ http.RoundTripper }

func (s singleTrip) Do(r *http.Request) (*http.Response, error) { return s.RoundTrip(r) }

// singleTrips is t without the habit of an http.Client to follow redirects.
func singleTrips(t policy.Transporter) policy.Transporter {
	if t == nil {
		return singleTrip{newTransport()}
	}
	client, ok := t.(*http.Client)
	switch {
	case !ok:
		return t
	case client.Transport == nil:
		return singleTrip{http.DefaultTransport}
	}
	return singleTrip{client.Transport}
}

// noRedirect makes a redirect the answer instead of a further request, which
// would carry the token along.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
