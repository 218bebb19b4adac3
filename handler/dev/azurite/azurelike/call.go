package azurelike

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
)

// A call is one request, taken apart.
type call struct {
	original *http.Request
	table    bool       // of the table service
	account  string     // first part of the path
	resource string     // the rest of it
	body     []byte     // of the table service; a blob's is passed on as it is
	name     string     // equal for requests that ask for the same
	chance   *rand.Rand // decides what happens to it
}

// newCall takes r apart.
func (t *Transport) newCall(r *http.Request) (*call, error) {
	c := &call{original: r}
	c.account, c.resource, _ = strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	c.table = isTable(r, c.resource)
	if c.table && r.Body != nil {
		var err error
		c.body, err = io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			return nil, fmt.Errorf("read request: %w", err)
		}
	}
	c.name = strings.Join([]string{r.Method, c.resource, r.URL.Query().Encode(), r.Header.Get("Range"), digest(c.body)}, " ")
	c.chance = t.chance(c)
	return c, nil
}

// isTable reports whether a request is to the table service. Such a request
// says which version of OData it speaks, under a name that the SDK writes its
// own way; or, if that leaves it out, has brackets in its path, which the name
// of no container has.
func isTable(r *http.Request, resource string) bool {
	for name := range r.Header {
		if strings.EqualFold(name, "DataServiceVersion") {
			return true
		}
	}
	first, _, _ := strings.Cut(resource, "/")
	return strings.Contains(first, "(")
}

// boundaries are new in every try of a transaction.
var boundaries = regexp.MustCompile(`(batch|changeset)_[0-9a-fA-F-]{36}`)

func digest(body []byte) string {
	return fmt.Sprintf("%x", sha256.Sum256(boundaries.ReplaceAll(body, nil)))
}

// chance returns what decides about a call: a function of the seed, what the
// call asks for, and how often it did so before. Accounts are left out, so
// that a test that runs alone meets what it met among others.
func (t *Transport) chance(c *call) *rand.Rand {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := c.account + " " + c.name
	t.seen[key]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", t.options.Seed, t.seen[key], c.name))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:])))
}

// request is what is sent on.
func (c *call) request() *http.Request {
	r := c.original
	if c.table && r.Body != nil {
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(c.body))
	}
	return r
}

func (c *call) isTransaction() bool {
	return c.table && c.original.Method == http.MethodPost && c.resource == "$batch"
}

// isQuery reports whether c asks for rows, or for the names of tables.
func (c *call) isQuery() bool {
	return c.table && c.original.Method == http.MethodGet && (strings.HasSuffix(c.resource, "()") || c.listsTables())
}

func (c *call) listsTables() bool { return c.resource == "Tables" }
