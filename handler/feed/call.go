package feed

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// A request is what a call sends, as often as it has to.
type request struct {
	operation string
	method    string
	url       *url.URL
	body      []byte
	notFound  Class              // of a 404 that names no reason
	accept    func([]byte) error // takes the body of a 200; its error makes the answer a transient failure
	coolsDown bool               // throttling means the operation's own cool-down, not too many requests
}

// An answer is a 200 whose body was accepted.
type answer struct {
	header http.Header
	body   []byte
}

// A call is a request and what it has been through.
type call struct {
	request
	token     string // of the last attempt; "" if it had none
	renewed   bool
	failures  int
	throttled int
	spent     time.Duration // by its requests, without the waits between them
}

// do sends r until it is answered, or failed in a way that another try would
// not mend. Its error is an *Error, or wraps that of a ctx that ended.
func (c *Client) do(ctx context.Context, r request) (answer, error) {
	k := &call{request: r}
	for {
		a, err := c.attempt(ctx, k)
		if err == nil {
			return a, nil
		}
		if err := c.mend(ctx, k, err); err != nil {
			return answer{}, final(ctx, r.operation, err)
		}
	}
}

// final is the error that a call ends with. A context that ended makes every
// request fail in a way that looks transient, and is the better reason.
func final(ctx context.Context, operation string, err error) error {
	class := ClassOf(err)
	if ctx.Err() != nil && (class == "" || class == Transient) {
		err = ctx.Err()
	}
	if ClassOf(err) != "" {
		return err
	}
	return fmt.Errorf("%s: %w", operation, err)
}

// attempt sends the request once.
func (c *Client) attempt(ctx context.Context, k *call) (answer, error) {
	k.token = ""
	if err := c.pace.admit(ctx, k.operation); err != nil {
		return answer{}, err
	}
	token, err := c.tokens.get(ctx)
	if err != nil {
		return answer{}, err
	}
	k.token = token
	started := c.now()
	defer func() { k.spent += c.now().Sub(started) }()
	return c.send(ctx, k.request, token)
}
