package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
)

// search is the command.
func (p *program) search(ctx context.Context, args []string) (int, error) {
	s, err := p.parseSearch(args)
	if err != nil {
		return 0, err
	}
	if s.deployment, err = p.openDeployment(); err != nil {
		return 0, err
	}
	closeSpool, err := s.openSpool()
	if err != nil {
		return 0, err
	}
	defer closeSpool()
	out, err := p.openOutput(s.out)
	if err != nil {
		return 0, err
	}
	defer out.abandon()
	if err := s.run(ctx, out); err != nil {
		return 0, s.explain(err)
	}
	if err := out.finish(); err != nil {
		return 0, err
	}
	s.cost.say(p.stderr, s.more)
	return exitWell, nil
}

// A search is one run of the command.
type search struct {
	*program
	deployment *deployment
	question   url.Values // as it is put
	format     format
	first      int // rows that are wanted at most
	out        string
	spool      *os.File // the page that is being received
	progress   *progress

	cost cost
	more bool // rows remain beyond the first ones that were wanted
}

// openSpool makes the file for pages. They hold personal data, which is not to
// outlive the command however that ends: the file has no name while it is
// used, but on Windows, where an open file keeps its name.
func (s *search) openSpool() (end func(), err error) {
	if s.spool, err = os.CreateTemp("", "labeltrail-page-"); err != nil {
		return nil, err
	}
	remove := func() error { return os.Remove(s.spool.Name()) }
	_ = remove()
	return func() {
		_ = s.spool.Close()
		_ = remove()
	}, nil
}

// run asks for page after page, and writes each when it has come whole: a
// page that is tried again leaves nothing behind, and repeats no row.
func (s *search) run(ctx context.Context, out output) error {
	s.progress = s.newProgress()
	rows := s.format.join(out)
	u := s.deployment.origin.JoinPath("api", "v1", "events")
	u.RawQuery = s.question.Encode()
	been := map[string]bool{}
	for u != nil && !s.more {
		if been[u.String()] { // it would never end, and repeat rows
			return errors.New("the answer goes on where it has been")
		}
		been[u.String()] = true
		next, err := s.join(ctx, u, rows)
		if failed := out.Flush(); err == nil {
			err = failed
		}
		if err != nil {
			return err
		}
		s.more = s.more || next != nil && s.cost.rows == s.first
		u = next
	}
	return rows.end(s.cost.complete())
}

// join writes one page, and returns where the answer goes on; nil if it does not.
func (s *search) join(ctx context.Context, u *url.URL, rows joiner) (*url.URL, error) {
	page, err := s.page(ctx, u)
	if err != nil {
		return nil, err
	}
	n, more, err := rows.page(page, s.first-s.cost.rows)
	if err != nil {
		s.cost.rows += n // they are written
		return nil, err
	}
	s.more = more
	s.cost.add(n, page.header)
	return s.deployment.nextPage(page.header)
}

func (s *search) page(ctx context.Context, u *url.URL) (page *fetched, err error) {
	came := func(n int64) {
		s.progress.say("%s; %.1f MB of the next page", count(s.cost.rows, "event"), float64(n)/1e6)
	}
	err = s.persist(ctx, func() error {
		page, err = s.deployment.fetch(ctx, u, s.format.MediaType, s.spool, came)
		return err
	})
	return page, err
}

// explain adds to an error what can be done about it, and what has become of
// the output.
func (s *search) explain(err error) error {
	var r *refusal
	if errors.As(err, &r) {
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
