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

// Config says whose trail is kept, and where: either ConnectionString is set,
// or BlobURL, TableURL and Credential are.
type Config struct {
	Tenant           string // tenant GUID; the first folder of every raw blob
	ConnectionString string // of a storage account; "UseDevelopmentStorage=true" is the emulator on its usual ports

	BlobURL, TableURL string // service endpoints, such as https://account.blob.core.windows.net
	Credential        azcore.TokenCredential

	Transport  policy.Transporter // sends every request; nil: a client with sane limits
	RetryDelay time.Duration      // before the first retry, then doubling; 0: 800 ms, below 0: none
	Now        func() time.Time   // nil: time.Now
}

// Store is the trail of one tenant. It may be used by several goroutines.
type Store struct {
	Ledger *ledger.Ledger
	Events *events.Events

	tenant string
	blobs  *azblob.Client
	tables *tables.Service
	gzip   *compressor
	now    func() time.Time

	blobRequests, tableRequests func() int64
}

// Open checks cfg and returns the store. It sends no request.
func Open(cfg Config) (*Store, error) {
	if !validTenant(cfg.Tenant) {
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
	s := &Store{
		tenant: cfg.Tenant, blobs: a.Blobs, tables: tables.New(a.Tables, cfg.RetryDelay), gzip: newCompressor(), now: cfg.Now,
		blobRequests: a.BlobRequests, tableRequests: a.TableRequests,
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.Ledger = ledger.New(s.tables, s.now)
	s.Events = events.New(s.tables, s, s.now)
	return s, nil
}

// Requests returns the number of HTTP requests sent to storage so far, retries included.
func (s *Store) Requests() int64 { return s.blobRequests() + s.tableRequests() }

// TableTransactions returns how many of the Requests went to tables; each is
// billed as one transaction.
func (s *Store) TableTransactions() int64 { return s.tableRequests() }

// validTenant keeps what is no tenant out of blob names.
func validTenant(tenant string) bool {
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
