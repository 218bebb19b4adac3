package azurite

import (
	"bufio"
	"context"
	_ "embed"
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
	"github.com/labeltrail/labeltrail/handler/dev/npm"
)

//go:embed package.json
var packageJSON []byte

//go:embed package-lock.json
var packageLock []byte

//go:embed launch.js
var launchJS []byte

// files returns the files from which Azurite is installed, and launch.js.
func files() map[string][]byte {
	return map[string][]byte{"package.json": packageJSON, "package-lock.json": packageLock, "launch.js": launchJS}
}

// Dir returns the folder that Start installs Azurite into, and whether it has
// been installed. The folder remains when Azurite ends.
func Dir() (dir string, installed bool, err error) { return npm.Dir("azurite", files()) }

// Account and AccountKey are those of every storage emulator. Microsoft publishes
// them ("Connect to the emulator account using the well-known account name and
// key"), so the key is not a secret.
const (
	Account    = "devstoreaccount1"
	AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// Options says how to run Azurite. The zero value serves plain HTTP.
type Options struct {
	// Accounts are the names of the storage accounts, each with AccountKey. The
	// default is Account only.
	Accounts []string
	// OAuth serves HTTPS and accepts bearer tokens besides keys (--oauth basic).
	// Azurite checks a token's audience, issuer and times, not its signature.
	OAuth bool
}

// A Server is a running Azurite. Its data is in memory.
type Server struct {
	BlobURL, TableURL string // of the first account, without a trailing slash

	options Options
	cert    *cert.Loopback // nil without OAuth
	dir     string         // temporary folder of this process
	command *exec.Cmd
	stdin   io.Closer
}

// Start installs Azurite if needed and returns when it listens, on ports that the
// system chose. It runs until Close, the end of this process or the end of ctx.
func Start(ctx context.Context, options Options) (*Server, error) {
	if len(options.Accounts) == 0 {
		options.Accounts = []string{Account}
	}
	install, err := npm.Install(ctx, "azurite", files())
	if err != nil {
		return nil, fmt.Errorf("install Azurite: %w", err)
	}
	dir, err := os.MkdirTemp("", "labeltrail-azurite-")
	if err != nil {
		return nil, fmt.Errorf("make a temporary folder: %w", err)
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
		// The SDK uses a newer service version than this Azurite knows.
		"--skipApiVersionCheck", "--disableTelemetry", "--silent", "--inMemoryPersistence",
		"--blobPort", "0", "--queuePort", "0", "--tablePort", "0",
		// By default it closes idle connections after 5 s, sometimes during a request.
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

// accounts returns the value of AZURITE_ACCOUNTS: "name:key;name:key".
func accounts(names []string) string {
	var list []string
	for _, name := range names {
		list = append(list, name+":"+AccountKey)
	}
	return strings.Join(list, ";")
}

var listening = regexp.MustCompile(`Azurite (Blob|Table) service is successfully listening at (\S+)`)

// awaitListening reads Azurite's output until both services listen. The output is
// drained after that, so that Azurite never blocks on it.
func (s *Server) awaitListening(stdout io.Reader) error {
	lines := bufio.NewScanner(stdout)
	var output []string
	for lines.Scan() {
		output = append(output, lines.Text())
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
	return fmt.Errorf("it exited before it listened:\n%s", strings.Join(output, "\n"))
}

// ConnectionString is the connection string of the first account.
func (s *Server) ConnectionString() string { return s.ConnectionStringOf(s.options.Accounts[0]) }

// ConnectionStringOf is the connection string of one of Options.Accounts.
func (s *Server) ConnectionStringOf(account string) string {
	return fmt.Sprintf("DefaultEndpointsProtocol=%s;AccountName=%s;AccountKey=%s;BlobEndpoint=%s;TableEndpoint=%s;",
		scheme(s.BlobURL), account, AccountKey, s.urlOf(s.BlobURL, account), s.urlOf(s.TableURL, account))
}

// urlOf turns a URL of the first account into that of another one.
func (s *Server) urlOf(url, account string) string {
	return strings.TrimSuffix(url, s.options.Accounts[0]) + account
}

func scheme(url string) string {
	before, _, _ := strings.Cut(url, ":")
	return before
}

// CAPEM is the authority of the HTTPS certificate. It is nil without OAuth.
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

// Close ends Azurite. All its data is lost.
func (s *Server) Close() error {
	if s.command != nil && s.command.Process != nil {
		s.stdin.Close() // launch.js exits at the end of its input
		s.command.Process.Kill()
		s.command.Wait()
	}
	return os.RemoveAll(s.dir)
}
