package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// A permanent error will not be another the next time.
type permanent struct{ error }

func (p *permanent) Unwrap() error { return p.error }

// A page is tried so often, and pauses grow up to the longest. An outage of
// less than two minutes is sat out.
const (
	mostTries    = 8
	firstPause   = time.Second
	longestPause = 30 * time.Second
	// mostAfter is the longest that a server may ask to wait.
	mostAfter = 5 * time.Minute
)

// persist tries until it works, as often as it may, and says on standard
// error why it tries again. What is tried must leave nothing behind when it
// fails.
func (p *program) persist(ctx context.Context, try func() error) error {
	for n, pause := 1, firstPause; ; n, pause = n+1, min(2*pause, longestPause) {
		err := try()
		if err == nil || n == mostTries || ctx.Err() != nil || !transient(err) {
			return err
		}
		length := max(pause, asked(err))
		fmt.Fprintf(p.stderr, "%v; trying again in %v (try %d of %d)\n", err, length, n+1, mostTries)
		if err := p.wait(ctx, length); err != nil {
			return err
		}
	}
}

// transient decides whether another try may fare better.
func transient(err error) bool {
	var r *refusal
	var forGood *permanent
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &r):
		return r.transient()
	case errors.As(err, &forGood), errors.As(err, &certificate), errors.As(err, &plain):
		return false
	case errors.As(err, &name):
		return !name.IsNotFound
	}
	return true // the connection broke, or was not made
}

// transient is true of throttling and of an outage, and of the error of a
// Functions host whose handler has just died: 500, and not by the API.
func (r *refusal) transient() bool {
	switch r.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return r.after <= mostAfter
	case http.StatusInternalServerError:
		return r.code == ""
	}
	return false
}

// asked is how long the server asks to wait.
func asked(err error) time.Duration {
	var r *refusal
	if errors.As(err, &r) {
		return r.after
	}
	return 0
}
