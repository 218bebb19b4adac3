package tenant

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant/records"
)

// DefaultTenantID is the tenant's GUID if Config names none.
const DefaultTenantID = "7c2f61d4-83d0-4f0e-9a55-1f6f0a4d2b90"

// Names of the content types of the Management Activity API.
const (
	General    = records.General
	Exchange   = records.Exchange
	SharePoint = records.SharePoint
	Entra      = records.Entra
	DLP        = records.DLP
)

// Config says what tenant to simulate. Only Now is required.
type Config struct {
	// TenantID is the tenant's GUID. Default DefaultTenantID.
	TenantID string
	// Seed determines every event, name and identifier.
	Seed uint64
	// Now is the tenant's clock. Its value at New is the base time, the end of
	// the seven days of history.
	Now func() time.Time
	// Events is the number of label events (AIP and its Purview neighbors) of
	// each content type in the history. Default 20,000; negative for none.
	Events int
	// Contents is the number of content blobs of each content type in the
	// history. Default 200. More appear at the same rate after the base time.
	Contents int
	// LiveStep is the average time between content blobs after the base time.
	// Each blob holds the events of its interval. Default: as in the history.
	LiveStep time.Duration
	// NoiseShare is the share of other workloads' records among all records,
	// 0 <= NoiseShare < 1. Default 0.95; negative for none.
	NoiseShare float64
	// Types are the content types that have records. The others can be
	// subscribed to and stay empty. The default is Audit.General.
	Types []string
	// PageSize is the largest number of content blobs on a page of a listing.
	// Default 50.
	PageSize int
	// Expiry is contentExpiration minus contentCreated. Default 7 days, as
	// documented; 20 days and 23 hours have been seen.
	Expiry time.Duration
	// Grace is how much earlier than 7 days ago a listing may start.
	Grace time.Duration
	// Warmup is how long listings stay empty after a subscription's first start.
	Warmup time.Duration
	// RequestsPerMinute is the quota of all clients that send a
	// PublisherIdentifier. Those that send none share a tenth of it. It is
	// refilled according to Now. Default 2,000; negative for no quota.
	RequestsPerMinute int
	// WithoutRole withholds ActivityFeed.Read from every token (AF10001).
	WithoutRole bool
	// AuditingOff makes every call fail as in a tenant whose unified audit log
	// was never turned on.
	AuditingOff bool
	// WebhookCAs are trusted for the webhook's address. Default: the system's.
	WebhookCAs *x509.CertPool
	// NotifyBatch is the largest number of content blobs in one notification.
	// Default 10.
	NotifyBatch int
	// NotifyFailures is the number of consecutive failures after which a
	// webhook is disabled. Default 8.
	NotifyFailures int
	// Faults are the faults to inject. Default: none.
	Faults *Faults
}

// withDefaults returns the configuration with zero values replaced by defaults.
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

// validate returns the first error of the configuration. records.NewStreams
// checks Types.
func (c Config) validate() error {
	switch {
	case c.Now == nil:
		return errors.New("missing Now")
	case !isGUID(c.TenantID):
		return fmt.Errorf("invalid TenantID %q: want a GUID", c.TenantID)
	case c.Contents < 1 || c.PageSize < 1 || c.NotifyBatch < 1 || c.NotifyFailures < 1:
		return errors.New("Contents, PageSize, NotifyBatch and NotifyFailures must be positive")
	case c.NoiseShare >= 1:
		return fmt.Errorf("invalid NoiseShare %v: want less than 1", c.NoiseShare)
	}
	return nil
}
