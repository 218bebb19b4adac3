package search

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/labeltrail/labeltrail/handler/clock"
)

// Config is what a search runs with.
type Config struct {
	Getenv         func(string) string // required
	Stdout, Stderr io.Writer           // required

	// Credential returns the identity of the person or machine that runs the
	// search. It is required, and called, only if LABELTRAIL_AUDIENCE is set.
	Credential func() (azcore.TokenCredential, error)

	// Progress, if set, is called often with the state of the run.
	Progress func(format string, args ...any)

	Transport   http.RoundTripper                          // to the deployment; nil means http.DefaultTransport
	IdleTimeout time.Duration                              // how long a response may stall; 0 means the default
	Now         func() time.Time                           // nil means time.Now
	Wait        func(context.Context, time.Duration) error // between attempts; nil means clock.Sleep
}

// setDefaults checks the required fields and fills in the others.
func (c *Config) setDefaults() error {
	if c.Getenv == nil || c.Stdout == nil || c.Stderr == nil {
		return errors.New("search: missing environment or output")
	}
	if c.Credential == nil {
		c.Credential = func() (azcore.TokenCredential, error) { return nil, errors.New("missing credential") }
	}
	if c.Progress == nil {
		c.Progress = func(string, ...any) {}
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Wait == nil {
		c.Wait = clock.Sleep
	}
	return nil
}

// Run parses args, asks the deployment that the environment names, and writes
// the whole answer. It returns flag.ErrHelp after printing the usage. After
// any other error, the output is missing or incomplete, and the error says
// which.
func Run(ctx context.Context, cfg Config, args []string) error {
	if err := cfg.setDefaults(); err != nil {
		return err
	}
	s, err := cfg.parse(args)
	if err != nil {
		return err
	}
	if s.deployment, err = cfg.openDeployment(); err != nil {
		return err
	}
	closePage, err := s.createPageFile()
	if err != nil {
		return err
	}
	defer closePage()
	out, err := cfg.openOutput(s.out)
	if err != nil {
		return err
	}
	defer out.abandon()
	if err := s.run(ctx, out); err != nil {
		return s.explain(err)
	}
	if err := out.finish(); err != nil {
		return err
	}
	s.cost.write(s.Stderr, s.more)
	return nil
}

// A search is one call of [Run].
type search struct {
	*Config
	deployment *deployment
	question   url.Values // the query string, without the cursor
	format     format
	first      int      // how many rows to write at most
	out        string   // name of the output file; "" means standard output
	pageFile   *os.File // the page that is being received

	cost cost
	more bool // the answer has rows beyond the first
}

// createPageFile creates the temporary file for pages. Pages are personal data
// and must not outlive the command, even if it is killed: the file is unlinked
// while it is open. Windows cannot unlink an open file, so it is removed at
// the end there.
func (s *search) createPageFile() (closeFile func(), err error) {
	if s.pageFile, err = os.CreateTemp("", "labeltrail-page-"); err != nil {
		return nil, err
	}
	remove := func() { _ = os.Remove(s.pageFile.Name()) }
	remove()
	return func() {
		_ = s.pageFile.Close()
		remove()
	}, nil
}

// run requests page after page and writes each once it has been received whole.
func (s *search) run(ctx context.Context, out output) error {
	rows := s.format.join(out)
	u := s.deployment.origin.JoinPath("api", "v1", "events")
	u.RawQuery = s.question.Encode()
	visited := map[string]bool{}
	for u != nil && !s.more {
		if visited[u.String()] { // would repeat rows for ever
			return errors.New("pagination loop: the server returned a page link twice")
		}
		visited[u.String()] = true
		next, err := s.writePage(ctx, u, rows)
		if err := cmp.Or(err, out.Flush()); err != nil {
			return err
		}
		s.more = s.more || next != nil && s.cost.rows == s.first
		u = next
	}
	return rows.end(s.cost.complete())
}

// writePage requests and writes one page. It returns the URL of the next page,
// or nil after the last.
func (s *search) writePage(ctx context.Context, u *url.URL, rows joiner) (*url.URL, error) {
	p, err := s.fetchPage(ctx, u)
	if err != nil {
		return nil, err
	}
	n, more, err := rows.write(p, s.first-s.cost.rows)
	if err != nil {
		s.cost.rows += n // these are written: the error message counts them
		return nil, err
	}
	s.more = more
	s.cost.add(n, p.header)
	return s.deployment.nextPage(p.header)
}

func (s *search) fetchPage(ctx context.Context, u *url.URL) (p *page, err error) {
	to := download{contentType: s.format.MediaType, file: s.pageFile, received: func(n int64) {
		s.Progress("%s; %.1f MB of the next page", count(s.cost.rows, "event"), float64(n)/1e6)
	}}
	err = s.retry(ctx, func() error {
		p, err = s.deployment.fetch(ctx, u, to)
		return err
	})
	return p, err
}

// explain adds to an error what the user can do about it, and what the output
// holds.
func (s *search) explain(err error) error {
	if r, ok := errors.AsType[*rejection](err); ok {
		if hint := s.deployment.hint(r); hint != "" {
			err = fmt.Errorf("%w\n  %s", err, hint)
		}
	}
	if s.out != "" {
		return fmt.Errorf("%w\n  %s is not written", err, s.out)
	}
	if s.cost.rows > 0 {
		return fmt.Errorf("%w\n  the output is NOT WHOLE: it has the newest %s of the answer", err, count(s.cost.rows, "event"))
	}
	return err
}

// count returns a number with its noun.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func (c *Config) setting(name string) string { return strings.TrimSpace(c.Getenv(name)) }
