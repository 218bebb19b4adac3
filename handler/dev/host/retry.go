package host

import (
	"context"
	"fmt"
	"time"
)

// retryFile is a function.json's retry policy ("Azure Functions error
// handling and retries").
type retryFile struct {
	Strategy        string `json:"strategy"`
	MaxRetryCount   *int   `json:"maxRetryCount"`
	DelayInterval   string `json:"delayInterval"`
	MinimumInterval string `json:"minimumInterval"`
	MaximumInterval string `json:"maximumInterval"`
}

// retryPolicy runs a failed timer invocation again, with a new invocation id,
// before the timer's next occurrence.
type retryPolicy struct {
	max                int // -1: for ever
	exponential        bool
	delay, first, most time.Duration
}

// policy is nil for no policy.
func (f *retryFile) policy() (*retryPolicy, error) {
	if f == nil {
		return nil, nil
	}
	if f.MaxRetryCount == nil || *f.MaxRetryCount < -1 {
		return nil, fmt.Errorf("retry: maxRetryCount is missing or less than -1")
	}
	p := &retryPolicy{max: *f.MaxRetryCount}
	var err error
	switch f.Strategy {
	case "fixedDelay":
		p.delay, err = retrySpan("delayInterval", f.DelayInterval)
		return p, err
	case "exponentialBackoff":
		p.exponential = true
		if p.first, err = retrySpan("minimumInterval", f.MinimumInterval); err != nil {
			return nil, err
		}
		p.most, err = retrySpan("maximumInterval", f.MaximumInterval)
		return p, err
	}
	return nil, fmt.Errorf("retry: strategy %q is neither fixedDelay nor exponentialBackoff", f.Strategy)
}

func retrySpan(name, text string) (time.Duration, error) {
	span, err := parseTimeSpan(text)
	if err != nil || span < 0 {
		return 0, fmt.Errorf("retry: %s %q is not a time span", name, text)
	}
	return span, nil
}

// pause is the delay before the nth retry, the first being 0. The host adds
// up to a fifth at random to an exponential one.
func (p *retryPolicy) pause(n int) time.Duration {
	if !p.exponential {
		return p.delay
	}
	pause := p.first
	for range n {
		if pause = 2 * pause; pause >= p.most {
			return p.most
		}
	}
	return pause
}

// retryContext is what Metadata.RetryContext tells the handler.
type retryContext struct {
	RetryCount    int
	MaxRetryCount int
	Exception     *retryException
}

type retryException struct {
	ClassName string
	Message   string
}

// withRetries invokes until it succeeds or the policy's retries are spent.
// wait pauses between two attempts.
func (p *retryPolicy) withRetries(ctx context.Context, wait func(context.Context, time.Duration) error, invoke func(*retryContext) Result) Result {
	if p == nil {
		return invoke(nil)
	}
	var last *retryException
	for n := 0; ; n++ {
		result := invoke(&retryContext{RetryCount: n, MaxRetryCount: p.max, Exception: last})
		if result.Err == nil || n == p.max {
			return result
		}
		last = &retryException{ClassName: "Microsoft.Azure.WebJobs.Host.FunctionInvocationException", Message: result.Err.Error()}
		if wait(ctx, p.pause(n)) != nil {
			return result
		}
	}
}
