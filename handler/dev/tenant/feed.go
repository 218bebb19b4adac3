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
	method    string // that the operation demands
	id        string // of the content, for OpAudit
	query     map[string]string
	publisher string    // zeroGUID if none was given
	mood      FaultMode // that strikes it
	spoiled   bool      // the answer will not arrive whole
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
	t.register.count(c.operation)
	if c.operation == OpAudit {
		t.register.get(c.id)
	}
	t.setHeaders(w.Header())
	t.inspect(c)
	c.mood = t.mood(c)
	if t.strike(c, c.mood) {
		return
	}
	if f := t.answer(c); f != nil {
		f.write(w)
	}
}

// answer writes the answer of a success, and returns that of a failure. The
// checks come in the order in which the service makes them.
func (t *Tenant) answer(c *call) *apiError {
	switch {
	case c.operation == OpUnknown:
		return errorMessage(http.StatusNotFound, "No HTTP resource was found that matches the request URI.")
	case c.r.Method != c.method:
		return errorMessage(http.StatusMethodNotAllowed, "The requested resource does not support http method '"+c.r.Method+"'.")
	case c.method == http.MethodPost && c.r.Header.Get("Content-Length") == "":
		return &apiError{status: http.StatusLengthRequired, body: "<h2>Length Required</h2><p>HTTP Error 411. The request must be chunked or have a content length.</p>"}
	}
	if f := t.authorize(c); f != nil {
		return f
	}
	if f := t.admit(c); f != nil {
		return f
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
	return t.retrieve(c)
}

// inspect notes what is wrong with a request whatever its answer.
func (t *Tenant) inspect(c *call) {
	switch id := c.query["publisheridentifier"]; {
	case id == "":
		t.register.breach("%s: PublisherIdentifier missing", c.operation)
	case !isGUID(id):
		t.register.breach("%s: PublisherIdentifier is no GUID", c.operation)
	}
	if c.r.Header.Get("Authorization") == "" {
		t.register.breach("%s: Authorization missing", c.operation)
	}
	if "https://"+c.r.Host != t.url {
		t.register.breach("%s: sent to a foreign host", c.operation)
	}
	if c.method == http.MethodPost && c.r.Header.Get("Content-Length") == "" {
		t.register.breach("%s: Content-Length missing", c.operation)
	}
	if strings.Contains(strings.ToLower(c.r.URL.EscapedPath()), "%24") {
		t.register.breach("%s: the $ of a content id is escaped", c.operation)
	}
}
