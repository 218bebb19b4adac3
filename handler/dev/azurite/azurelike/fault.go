package azurelike

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// fault refuses a call for the moment, or answers that it took too long.
func (t *Transport) fault(c *call) (*http.Response, error) {
	if !t.strikes(c) {
		return nil, nil
	}
	switch n := c.chance.IntN(4); {
	case c.isTransaction() && n == 0:
		t.did(BusyInside)
		return c.refuseInside(0, serverBusy), nil
	case n < 2:
		t.did(Busy)
		return t.hasten(c, c.refuse(serverBusy)), nil
	case n == 2:
		t.did(TimedOut)
		return t.hasten(c, c.refuse(operationTimedOut)), nil
	}
	return t.doneButTimedOut(c)
}

// strikes decides whether a call goes wrong, which one that keeps on asking
// does only so often.
func (t *Transport) strikes(c *call) bool {
	struck := c.chance.Float64() < t.options.Faults
	t.mu.Lock()
	defer t.mu.Unlock()
	key := c.account + " " + c.name
	if !struck || t.faults[key] == faultsInARow {
		delete(t.faults, key)
		return false
	}
	t.faults[key]++
	return true
}

// doneButTimedOut does what the call asks for, and does not say so.
func (t *Transport) doneButTimedOut(c *call) (*http.Response, error) {
	t.did(TimedOutDone)
	if c.original.Method != http.MethodGet {
		resp, err := t.send(c)
		if err != nil {
			return nil, err
		}
		io.Copy(io.Discard, resp.Body) // so that Azurite is not cut short
		resp.Body.Close()
	}
	return t.hasten(c, c.refuse(operationTimedOut)), nil
}

// hasten has every other refusal say when to come again.
func (t *Transport) hasten(c *call, resp *http.Response) *http.Response {
	d := t.options.RetryAfter
	switch {
	case d <= 0 || c.chance.IntN(2) == 0:
	case d < time.Second:
		resp.Header.Set("x-ms-retry-after-ms", strconv.FormatInt(d.Milliseconds(), 10))
	default:
		resp.Header.Set("Retry-After", strconv.Itoa(int(d.Seconds())))
	}
	return resp
}
