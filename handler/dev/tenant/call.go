package tenant

import (
	"cmp"
	"net/http"
	"strings"
	"time"
)

// call is one request to the Management Activity API.
type call struct {
	w         http.ResponseWriter
	r         *http.Request
	now       time.Time
	operation Operation
	method    string            // that the operation requires
	id        string            // of the content blob, for OpAudit
	query     map[string]string // by lower-case name
	publisher string            // zeroGUID if none was given
	fault     FaultMode         // injected into this call, if any
	cut       bool              // the response will not arrive in full
}

// operations are the API's paths below /activity/feed/.
var operations = map[string]struct {
	operation Operation
	method    string
}{
	"subscriptions/start":   {OpStart, http.MethodPost},
	"subscriptions/stop":    {OpStop, http.MethodPost},
	"subscriptions/list":    {OpList, http.MethodGet},
	"subscriptions/content": {OpContent, http.MethodGet},
}

func (t *Tenant) newCall(w http.ResponseWriter, r *http.Request) *call {
	c := &call{w: w, r: r, now: t.now(), operation: OpUnknown, query: make(map[string]string)}
	path := r.PathValue("operation")
	if id, found := strings.CutPrefix(path, "audit/"); found {
		c.operation, c.method, c.id = OpAudit, http.MethodGet, id
	} else if o, found := operations[path]; found {
		c.operation, c.method = o.operation, o.method
	}
	for name, values := range r.URL.Query() { // names are case-insensitive
		c.query[strings.ToLower(name)] = values[0]
	}
	c.publisher = cmp.Or(c.query["publisheridentifier"], zeroGUID)
	return c
}

// serveFeed answers every request to the Management Activity API.
func (t *Tenant) serveFeed(w http.ResponseWriter, r *http.Request) {
	c := t.newCall(w, r)
	t.monitor.count(c.operation)
	if c.operation == OpAudit {
		t.monitor.countAsked(c.id)
	}
	t.setHeaders(w.Header())
	t.inspect(c)
	c.fault = t.nextFault(c)
	if t.inject(c) {
		return
	}
	if e := t.answer(c); e != nil {
		e.write(w)
	}
}

// inspect records what is wrong with a request, whatever the response to it.
func (t *Tenant) inspect(c *call) {
	switch id := c.query["publisheridentifier"]; {
	case id == "":
		t.monitor.violation("%s: PublisherIdentifier missing", c.operation)
	case !isGUID(id):
		t.monitor.violation("%s: PublisherIdentifier is not a GUID", c.operation)
	}
	if c.r.Header.Get("Authorization") == "" {
		t.monitor.violation("%s: Authorization missing", c.operation)
	}
	if "https://"+c.r.Host != t.url {
		t.monitor.violation("%s: sent to a foreign host", c.operation)
	}
	if c.method == http.MethodPost && c.r.Header.Get("Content-Length") == "" {
		t.monitor.violation("%s: Content-Length missing", c.operation)
	}
	if strings.Contains(strings.ToLower(c.r.URL.EscapedPath()), "%24") {
		t.monitor.violation("%s: the $ of a content id is escaped", c.operation)
	}
}

// answer writes the response if the call succeeds, and returns the error if it
// does not. The checks are in the order in which the service makes them.
func (t *Tenant) answer(c *call) *apiError {
	switch {
	case c.operation == OpUnknown:
		return errorMessage(http.StatusNotFound, "No HTTP resource was found that matches the request URI.")
	case c.r.Method != c.method:
		return errorMessage(http.StatusMethodNotAllowed, "The requested resource does not support http method '"+c.r.Method+"'.")
	case c.method == http.MethodPost && c.r.Header.Get("Content-Length") == "":
		return &apiError{status: http.StatusLengthRequired, body: "<h2>Length Required</h2><p>HTTP Error 411. The request must be chunked or have a content length.</p>"}
	}
	if e := t.authorize(c); e != nil {
		return e
	}
	if e := t.admit(c); e != nil {
		return e
	}
	return t.dispatch(c)
}

func (t *Tenant) dispatch(c *call) *apiError {
	switch c.operation {
	case OpStart:
		return t.start(c)
	case OpStop:
		return t.stop(c)
	case OpList:
		return t.list(c)
	case OpContent:
		return t.listContent(c)
	}
	return t.fetch(c)
}

// zeroGUID is the publisher of a request that names none.
const zeroGUID = "00000000-0000-0000-0000-000000000000"

// isGUID reports whether s is a GUID with hyphens, and not zeroGUID.
func isGUID(s string) bool {
	if len(s) != 36 || s == zeroGUID {
		return false
	}
	for i, c := range []byte(s) {
		hyphen := i == 8 || i == 13 || i == 18 || i == 23
		if hyphen != (c == '-') || !hyphen && !isHex(c) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
