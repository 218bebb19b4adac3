package azurelike

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// maxFaultsInARow is how often a request is rejected before it gets through. It is
// less than the number of attempts that clients make by default.
const maxFaultsInARow = 2

// fault rejects a call temporarily, or responds that it timed out.
func (t *Transport) fault(c *call) (*http.Response, error) {
	if !t.isFaulty(c) {
		return nil, nil
	}
	switch n := c.random.IntN(4); {
	case c.isTransaction() && n == 0:
		t.did(BusyInside)
		return c.rejectInside(0, serverBusy), nil
	case n < 2:
		t.did(Busy)
		return t.addRetryAfter(c, c.reject(serverBusy)), nil
	case n == 2:
		t.did(TimedOut)
		return t.addRetryAfter(c, c.reject(operationTimedOut)), nil
	}
	return t.timeOutDone(c)
}

// isFaulty decides whether a call fails. Equal calls in a row fail at most
// maxFaultsInARow times.
func (t *Transport) isFaulty(c *call) bool {
	faulty := c.random.Float64() < t.options.Faults
	t.mu.Lock()
	defer t.mu.Unlock()
	key := c.account + " " + c.name
	if !faulty || t.faults[key] == maxFaultsInARow {
		delete(t.faults, key)
		return false
	}
	t.faults[key]++
	return true
}

// timeOutDone sends the call, which takes effect, and responds that it timed out.
func (t *Transport) timeOutDone(c *call) (*http.Response, error) {
	t.did(TimedOutDone)
	if c.original.Method != http.MethodGet {
		resp, err := t.send(c)
		if err != nil {
			return nil, err
		}
		io.Copy(io.Discard, resp.Body) // lets Azurite finish
		resp.Body.Close()
	}
	return t.addRetryAfter(c, c.reject(operationTimedOut)), nil
}

// addRetryAfter adds a delay to half of the responses.
func (t *Transport) addRetryAfter(c *call, resp *http.Response) *http.Response {
	d := t.options.RetryAfter
	switch {
	case d <= 0 || c.random.IntN(2) == 0:
	case d < time.Second:
		resp.Header.Set("x-ms-retry-after-ms", strconv.FormatInt(d.Milliseconds(), 10))
	default:
		resp.Header.Set("Retry-After", strconv.Itoa(int(d.Seconds())))
	}
	return resp
}

// noteDeletion keeps the name of a table in use after c has deleted the table.
func (t *Transport) noteDeletion(c *call, resp *http.Response) {
	if c.original.Method != http.MethodDelete || resp.StatusCode != http.StatusNoContent || t.options.Deleting == 0 {
		return
	}
	if table := c.deletedTable(); table != "" {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.deleting[c.account+" "+table] = 1 + c.random.IntN(t.options.Deleting)
	}
}

// rejectDeleted rejects a call that concerns a table that was just deleted.
func (t *Transport) rejectDeleted(c *call) (*http.Response, error) {
	table := c.tableName()
	if table == "" || !t.isDeleting(c.account+" "+table) {
		return nil, nil
	}
	t.did(BeingDeleted)
	if c.isTransaction() {
		return c.rejectInside(0, tableBeingDeleted), nil
	}
	return c.reject(tableBeingDeleted), nil
}

// isDeleting reports whether a table's name is in use, and counts the request.
func (t *Transport) isDeleting(key string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.deleting[key] == 0 {
		delete(t.deleting, key)
		return false
	}
	t.deleting[key]--
	return true
}
