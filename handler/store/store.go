package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
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
	tenant string
	blobs  *azblob.Client
	tables *aztables.ServiceClient
	codec  *codec
	now    func() time.Time
	delay  time.Duration                              // before a transaction is sent again
	wait   func(context.Context, time.Duration) error // sleeps; tests don't

	blobRequests, tableRequests atomic.Int64
}

// Open checks cfg and returns the store. It sends no request.
func Open(cfg Config) (*Store, error) {
	if !validTenant(cfg.Tenant) {
		return nil, fmt.Errorf("open store: tenant %q: want a GUID or a name of letters, digits and dashes", cfg.Tenant)
	}
	s := &Store{tenant: cfg.Tenant, codec: newCodec(), now: cfg.Now, delay: cfg.RetryDelay, wait: sleep}
	if s.now == nil {
		s.now = time.Now
	}
	if s.delay == 0 {
		s.delay = 800 * time.Millisecond
	}
	if err := s.connect(cfg); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return s, nil
}

// Requests returns the number of HTTP requests sent to storage so far, retries included.
func (s *Store) Requests() int64 { return s.blobRequests.Load() + s.tableRequests.Load() }

// TableTransactions returns how many of the Requests went to tables; each is
// billed as one transaction.
func (s *Store) TableTransactions() int64 { return s.tableRequests.Load() }

// backoff waits before try number n, counted from 1: twice as long each time,
// up to 20 s, and between a half and the whole of that, so that those who were
// refused together do not come back together.
func (s *Store) backoff(ctx context.Context, n int) error {
	if s.delay < 0 {
		return ctx.Err()
	}
	d := min(s.delay<<(n-1), 20*time.Second)
	return s.wait(ctx, d/2+rand.N(d/2+1))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

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
