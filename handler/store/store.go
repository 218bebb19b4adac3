package store

import (
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"

	"github.com/labeltrail/labeltrail/handler/store/events"
	"github.com/labeltrail/labeltrail/handler/store/internal/account"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// PageRows is the number of rows in one full response of storage to a query.
const PageRows = tables.MaxPage

// Config names the tenant and the storage account. Either ConnectionString is set,
// or BlobURL, TableURL and Credential are.
type Config struct {
	Tenant           string // tenant GUID, the first folder of every raw blob; required
	ConnectionString string // "UseDevelopmentStorage=true" is the emulator on its default ports

	BlobURL, TableURL string // service endpoints, such as https://account.blob.core.windows.net
	Credential        azcore.TokenCredential

	Transport  policy.Transporter // sends every request; nil: an HTTP client with timeouts
	RetryDelay time.Duration      // before the first retry, then doubling; 0: 800 ms; negative: none
	Now        func() time.Time   // nil: time.Now
}

// A Store is the trail of one tenant. It is safe for concurrent use.
type Store struct {
	Ledger *ledger.Ledger
	Events *events.Events

	tenant  string
	account *account.Account
	blobs   *azblob.Client
	tables  *tables.Service
	gzip    *compressor
}

// Open checks cfg and returns the store. It sends no request.
func Open(cfg Config) (*Store, error) {
	if !isTenant(cfg.Tenant) {
		return nil, fmt.Errorf("open store: tenant %q: want a GUID or a name of letters, digits and dashes", cfg.Tenant)
	}
	a, err := account.Connect(account.Config{
		ConnectionString: cfg.ConnectionString,
		BlobURL:          cfg.BlobURL,
		TableURL:         cfg.TableURL,
		Credential:       cfg.Credential,
		Transport:        cfg.Transport,
		RetryDelay:       cfg.RetryDelay,
	})
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	s := &Store{tenant: cfg.Tenant, account: a, blobs: a.Blobs, tables: tables.New(a.Tables, cfg.RetryDelay), gzip: newCompressor()}
	s.Ledger = ledger.New(s.tables, now)
	s.Events = events.New(s.tables, s, now)
	return s, nil
}

// Requests returns the number of HTTP requests sent to storage so far, retries
// included.
func (s *Store) Requests() int64 { return s.account.BlobRequests() + s.account.TableRequests() }

// TableTransactions returns how many of the Requests went to tables. Azure bills
// each as one transaction.
func (s *Store) TableTransactions() int64 { return s.account.TableRequests() }

// isTenant reports whether tenant can be a folder of blob names.
func isTenant(tenant string) bool {
	if tenant == "" || len(tenant) > 64 {
		return false
	}
	for i := range len(tenant) {
		c := tenant[i] | 0x20
		if !('a' <= c && c <= 'z' || '0' <= tenant[i] && tenant[i] <= '9' || tenant[i] == '-') {
			return false
		}
	}
	return true
}

// OldestKept returns the start of the oldest month that a retention of days
// keeps at now. A month is kept as long as any of it is within that time; with
// 0 days all is kept, and the result is the zero time.
func OldestKept(now time.Time, days int) time.Time {
	if days == 0 {
		return time.Time{}
	}
	t := now.UTC().AddDate(0, 0, -days)
	return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
}
