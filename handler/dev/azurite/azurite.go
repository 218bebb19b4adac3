package azurite

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/cert"
)

// The account and key that every storage emulator has, and that Microsoft
// publishes ("Connect to the emulator account using the well-known account
// name and key"). It protects nothing and is no secret.
const (
	Account    = "devstoreaccount1"
	AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// Options tells how to run Azurite. The zero value serves plain HTTP.
type Options struct {
	// Accounts are the storage accounts to have, each with AccountKey.
	// Empty means Account alone.
	Accounts []string
	// OAuth serves HTTPS and demands bearer tokens or keys (--oauth basic):
	// Azurite checks a token's audience, issuer and times, not its signature.
	OAuth bool
}

// A Server is a running Azurite that holds its data in memory.
type Server struct {
	BlobURL, TableURL string // of the first account, without a trailing slash

	options Options
	cert    *cert.Loopback // nil without OAuth
	dir     string         // scratch folder of this process
	command *exec.Cmd
	stdin   io.Closer
}

// Start installs Azurite where needed and returns when it listens, on ports
// that the system chose. It runs until Close, the end of this process, or
// the end of ctx.
func Start(ctx context.Context, options Options) (*Server, error) {
	if len(options.Accounts) == 0 {
		options.Accounts = []string{Account}
	}
	install, err := install(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "labeltrail-azurite-")
	if err != nil {
		return nil, fmt.Errorf("make a scratch folder: %w", err)
	}
	s := &Server{options: options, dir: dir}
	if err := s.start(ctx, install); err != nil {
		s.Close()
		return nil, fmt.Errorf("start Azurite: %w", err)
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, install string) error {
	args, err := s.arguments(install)
	if err != nil {
		return err
	}
	s.command = exec.CommandContext(ctx, "node", args...)
	s.command.Dir = s.dir
	s.command.Env = append(os.Environ(), "AZURITE_ACCOUNTS="+accounts(s.options.Accounts))
	if s.stdin, err = s.command.StdinPipe(); err != nil {
		return err
	}
	stdout, err := s.command.StdoutPipe()
	if err != nil {
		return err
	}
	s.command.Stderr = s.command.Stdout
	if err := s.command.Start(); err != nil {
		return err
	}
	return s.awaitListening(stdout)
}

func (s *Server) arguments(install string) ([]string, error) {
	args := []string{
		filepath.Join(install, "launch.js"),
		// The SDK speaks a newer service version than this Azurite knows.
		"--skipApiVersionCheck", "--disableTelemetry", "--silent", "--inMemoryPersistence",
		"--blobPort", "0", "--queuePort", "0", "--tablePort", "0",
		// It closes idle connections after 5 s, now and then under a request.
		"--blobKeepAliveTimeout", "3600", "--tableKeepAliveTimeout", "3600",
	}
	if !s.options.OAuth {
		return args, nil
	}
	l, err := cert.NewLoopback(time.Now())
	if err != nil {
		return nil, err
	}
	s.cert = l
	certFile, keyFile := filepath.Join(s.dir, "cert.pem"), filepath.Join(s.dir, "key.pem")
	if err := os.WriteFile(certFile, l.CertificatePEM, 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(keyFile, l.KeyPEM, 0o600); err != nil {
		return nil, err
	}
	return append(args, "--oauth", "basic", "--cert", certFile, "--key", keyFile), nil
}

// accounts is the AZURITE_ACCOUNTS form: "name:key;name:key".
func accounts(names []string) string {
	var list []string
	for _, name := range names {
		list = append(list, name+":"+AccountKey)
	}
	return strings.Join(list, ";")
}

var listening = regexp.MustCompile(`Azurite (Blob|Table) service is successfully listening at (\S+)`)

// awaitListening reads what Azurite prints until both services listen, and
// goes on draining it after that.
func (s *Server) awaitListening(stdout io.Reader) error {
	lines := bufio.NewScanner(stdout)
	var said []string
	for lines.Scan() {
		said = append(said, lines.Text())
		m := listening.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		url := m[2] + "/" + s.options.Accounts[0]
		if m[1] == "Blob" {
			s.BlobURL = url
		} else {
			s.TableURL = url
		}
		if s.BlobURL != "" && s.TableURL != "" {
			go io.Copy(io.Discard, stdout)
			return nil
		}
	}
	return fmt.Errorf("it ended before it listened, saying:\n%s", strings.Join(said, "\n"))
}

// ConnectionString is that of the first account.
func (s *Server) ConnectionString() string { return s.ConnectionStringOf(s.options.Accounts[0]) }

// ConnectionStringOf is that of one of the accounts that were asked for.
func (s *Server) ConnectionStringOf(account string) string {
	return fmt.Sprintf("DefaultEndpointsProtocol=%s;AccountName=%s;AccountKey=%s;BlobEndpoint=%s;TableEndpoint=%s;",
		scheme(s.BlobURL), account, AccountKey, s.of(s.BlobURL, account), s.of(s.TableURL, account))
}

func (s *Server) of(url, account string) string {
	return strings.TrimSuffix(url, s.options.Accounts[0]) + account
}

func scheme(url string) string {
	before, _, _ := strings.Cut(url, ":")
	return before
}

// CAPEM is the authority of the HTTPS certificate; nil without OAuth.
func (s *Server) CAPEM() []byte {
	if s.cert == nil {
		return nil
	}
	return s.cert.CAPEM
}

// Client is an HTTP client that trusts this server.
func (s *Server) Client() *http.Client {
	if s.cert == nil {
		return http.DefaultClient
	}
	return s.cert.Client()
}

// Close ends Azurite, and with it all that it held.
func (s *Server) Close() error {
	if s.command != nil && s.command.Process != nil {
		s.stdin.Close() // launch.js ends at the end of its input
		s.command.Process.Kill()
		s.command.Wait()
	}
	return os.RemoveAll(s.dir)
}
