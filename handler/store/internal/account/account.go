package account

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// Timeouts of one attempt. The SDK's default is to wait for ever.
const (
	blobTimeout  = 30 * time.Second
	tableTimeout = 15 * time.Second
)

// Config names a storage account. Either ConnectionString is set, or BlobURL,
// TableURL and Credential are.
type Config struct {
	ConnectionString  string
	BlobURL, TableURL string
	Credential        azcore.TokenCredential
	Transport         policy.Transporter // nil: an HTTP client with timeouts
	RetryDelay        time.Duration      // before the SDK's first retry, then doubling; 0: 800 ms; negative: none
}

// An Account holds the clients of the two services.
type Account struct {
	Blobs  *azblob.Client
	Tables *aztables.ServiceClient

	blobRequests, tableRequests atomic.Int64
}

// Connect returns the clients for cfg. It sends no request. Errors never quote a
// connection string.
func Connect(cfg Config) (*Account, error) {
	a := &Account{}
	transport := cfg.Transport
	if transport == nil {
		transport = defaultTransport()
	}
	blobs := &azblob.ClientOptions{ClientOptions: clientOptions(cfg, blobTimeout, counter{transport, &a.blobRequests})}
	tables := &aztables.ClientOptions{ClientOptions: clientOptions(cfg, tableTimeout, counter{transport, &a.tableRequests})}
	if cfg.ConnectionString == "" {
		return a, a.connectWithIdentity(cfg, blobs, tables)
	}
	if cfg.BlobURL != "" || cfg.TableURL != "" || cfg.Credential != nil {
		return nil, errors.New("both a connection string and an identity are given")
	}
	return a, a.connectWithString(cfg.ConnectionString, blobs, tables)
}

// BlobRequests returns the number of requests sent to the blob service so far,
// retries included.
func (a *Account) BlobRequests() int64 { return a.blobRequests.Load() }

// TableRequests returns the number of requests sent to the table service so far,
// retries included.
func (a *Account) TableRequests() int64 { return a.tableRequests.Load() }

func (a *Account) connectWithIdentity(cfg Config, blobs *azblob.ClientOptions, tables *aztables.ClientOptions) error {
	if cfg.Credential == nil {
		return errors.New("neither a connection string nor a credential is given")
	}
	for name, value := range map[string]string{"blob": cfg.BlobURL, "table": cfg.TableURL} {
		if u, err := url.Parse(value); err != nil || u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("%s endpoint %q is not an https URL", name, value)
		}
	}
	var err error
	if a.Blobs, err = azblob.NewClient(cfg.BlobURL, cfg.Credential, blobs); err != nil {
		return fmt.Errorf("blob endpoint %s: %w", cfg.BlobURL, err)
	}
	if a.Tables, err = aztables.NewServiceClient(cfg.TableURL, cfg.Credential, tables); err != nil {
		return fmt.Errorf("table endpoint %s: %w", cfg.TableURL, err)
	}
	return nil
}

func (a *Account) connectWithString(text string, blobs *azblob.ClientOptions, tables *aztables.ClientOptions) error {
	c, err := parseConnectionString(text)
	if err != nil {
		return fmt.Errorf("connection string: %w", err)
	}
	if c.key == "" {
		return a.connectWithSignature(c, blobs, tables)
	}
	blobKey, err1 := azblob.NewSharedKeyCredential(c.account, c.key)
	tableKey, err2 := aztables.NewSharedKeyCredential(c.account, c.key)
	if err1 != nil || err2 != nil {
		return errors.New("connection string: AccountKey is not base64")
	}
	a.Blobs, err1 = azblob.NewClientWithSharedKeyCredential(c.blobURL, blobKey, blobs)
	a.Tables, err2 = aztables.NewServiceClientWithSharedKey(c.tableURL, tableKey, tables)
	return errors.Join(err1, err2)
}

func (a *Account) connectWithSignature(c connectionString, blobs *azblob.ClientOptions, tables *aztables.ClientOptions) error {
	var err1, err2 error
	a.Blobs, err1 = azblob.NewClientWithNoCredential(c.blobURL+"?"+c.signature, blobs)
	a.Tables, err2 = aztables.NewServiceClientWithNoCredential(c.tableURL+"?"+c.signature, tables)
	if err1 != nil || err2 != nil {
		return errors.New("connection string: invalid SharedAccessSignature")
	}
	return nil
}

// clientOptions limits every attempt to timeout, and the SDK to three retries.
func clientOptions(cfg Config, timeout time.Duration, transport policy.Transporter) azcore.ClientOptions {
	delay := cfg.RetryDelay
	if delay < 0 {
		delay = time.Nanosecond // the SDK waits for the longest delay if this is negative
	}
	return azcore.ClientOptions{
		Transport: transport,
		Telemetry: policy.TelemetryOptions{ApplicationID: "labeltrail"},
		Retry: policy.RetryOptions{
			MaxRetries:    3,
			TryTimeout:    timeout,
			RetryDelay:    delay,
			MaxRetryDelay: 20 * time.Second,
		},
	}
}

// defaultTransport does not decompress: a blob stored as gzip is read as gzip.
func defaultTransport() policy.Transporter {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          100,
		MaxIdleConnsPerHost:   32,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second,
		DisableCompression:    true,
	}}
}

// A counter counts the requests of a transport, in total and for the context of
// each.
type counter struct {
	next policy.Transporter
	n    *atomic.Int64
}

func (c counter) Do(req *http.Request) (*http.Response, error) {
	c.n.Add(1)
	storage.CostOf(req.Context()).AddRequest()
	return c.next.Do(req)
}
