package tenant

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"time"
)

// DefaultTenantID is the tenant's GUID where Config names none.
const DefaultTenantID = "7c2f61d4-83d0-4f0e-9a55-1f6f0a4d2b90"

// Names of the content types of the Management Activity API.
const (
	General    = "Audit.General"
	Exchange   = "Audit.Exchange"
	SharePoint = "Audit.SharePoint"
	Entra      = "Audit.AzureActiveDirectory"
	DLP        = "DLP.All"
)

// history is how much of the past exists when a tenant starts. It falls short
// of the seven days that the API lists by the time a client may need until it
// has listed the oldest content.
const history = 7*24*time.Hour - 2*time.Hour

// Config says what tenant to simulate. Its zero value is complete but for Now.
type Config struct {
	// TenantID is the tenant's GUID. Default DefaultTenantID.
	TenantID string
	// Seed decides every event, name and identifier.
	Seed uint64
	// Now is the tenant's clock. Required. Its value at New is the base time,
	// the end of the seven days of history.
	Now func() time.Time
	// Events is the number of label events (AIP and its Purview neighbours) of
	// each content type in the history. Default 20,000; negative for none.
	Events int
	// Contents is the number of contents of each content type in the history.
	// Default 200. More appear at the same rate after the base time.
	Contents int
	// LiveStep is the time between contents after the base time, on average.
	// They hold what happens in that time. Default: as in the history.
	LiveStep time.Duration
	// NoiseShare is the share of other workloads' records among all records,
	// 0 <= NoiseShare < 1. Default 0.95; negative for none.
	NoiseShare float64
	// Types are the content types in which anything happens; the others can
	// be subscribed to and stay empty. Default Audit.General alone.
	Types []string
	// PageSize is the greatest number of contents on a page of a listing.
	// Default 50.
	PageSize int
	// Expiry is contentExpiration minus contentCreated. Default 7 days, as
	// documented; 20 days and 23 hours have been seen.
	Expiry time.Duration
	// Grace is by how much a listing may start earlier than 7 days ago.
	Grace time.Duration
	// Warmup is how long listings stay empty after the first start.
	Warmup time.Duration
	// RequestsPerMinute is the quota of a client that sends a
	// PublisherIdentifier; those that send none share a tenth of it. It is
	// refilled by Now. Default 2,000; negative for no quota.
	RequestsPerMinute int
	// WithoutRole withholds ActivityFeed.Read from every token (AF10001).
	WithoutRole bool
	// AuditingOff makes every call fail as in a tenant whose unified audit
	// log was never turned on.
	AuditingOff bool
	// WebhookCAs are trusted for the webhook's address. Default: the system's.
	WebhookCAs *x509.CertPool
	// NotifyBatch is the greatest number of notices in one notification.
	// Default 10.
	NotifyBatch int
	// NotifyFailures is the number of consecutive failures after which a
	// webhook is disabled. Default 8.
	NotifyFailures int
	// Faults are the service's faults. Default: none.
	Faults *Faults
}

// withDefaults returns the configuration with every zero value replaced.
func (c Config) withDefaults() Config {
	c.TenantID = cmp.Or(c.TenantID, DefaultTenantID)
	c.Events = max(cmp.Or(c.Events, 20_000), 0)
	c.Contents = cmp.Or(c.Contents, 200)
	c.NoiseShare = max(cmp.Or(c.NoiseShare, 0.95), 0)
	c.PageSize = cmp.Or(c.PageSize, 50)
	c.Expiry = cmp.Or(c.Expiry, 7*24*time.Hour)
	c.RequestsPerMinute = cmp.Or(c.RequestsPerMinute, 2000)
	c.NotifyBatch = cmp.Or(c.NotifyBatch, 10)
	c.NotifyFailures = cmp.Or(c.NotifyFailures, 8)
	if len(c.Types) == 0 {
		c.Types = []string{General}
	}
	return c
}

// validate reports what no tenant can be made of.
func (c Config) validate() error {
	switch {
	case c.Now == nil:
		return errors.New("Now is required")
	case !isGUID(c.TenantID):
		return fmt.Errorf("TenantID %q is no GUID", c.TenantID)
	case c.Contents < 1 || c.PageSize < 1 || c.NotifyBatch < 1 || c.NotifyFailures < 1:
		return errors.New("Contents, PageSize, NotifyBatch and NotifyFailures must be positive")
	case c.NoiseShare >= 1:
		return fmt.Errorf("NoiseShare %v is not below 1", c.NoiseShare)
	}
	return nil
}
