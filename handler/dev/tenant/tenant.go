package tenant

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/cert"
)

// Tenant is a simulated tenant. Its methods may be called concurrently.
type Tenant struct {
	config        Config
	invalid       error // why the configuration cannot be used; nil if it can
	base          time.Time
	streams       []*stream
	identity      identity
	register      register
	subscriptions subscriptions
	quota         quota
	webhooks      webhooks
	moods         atomic.Pointer[Faults]
	cert          *cert.Loopback
	server        *http.Server
	url           string
}

// New returns a tenant whose history ends now, by Config.Now. It answers
// requests from Start to Close; what it holds can be asked for at any time. A
// Config that makes no sense is reported by Start, and makes an empty tenant.
func New(c Config) *Tenant {
	c = c.withDefaults()
	t := &Tenant{config: c, identity: newIdentity(c)}
	t.moods.Store(c.Faults)
	t.webhooks.client = newWebhookClient(c.WebhookCAs)
	if t.invalid = c.validate(); t.invalid != nil {
		return t
	}
	t.base = c.Now().UTC().Truncate(time.Second)
	t.streams, t.invalid = newStreams(c, t.base)
	return t
}

// TenantID returns the tenant's GUID.
func (t *Tenant) TenantID() string { return t.config.TenantID }

// now returns the tenant's time.
func (t *Tenant) now() time.Time { return t.config.Now().UTC() }

// stream returns the stream of a content type, nil if nothing happens in it.
func (t *Tenant) stream(contentType string) *stream {
	for _, s := range t.streams {
		if s.contentType == contentType {
			return s
		}
	}
	return nil
}
