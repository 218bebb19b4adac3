package azurelike

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// A call is a parsed request.
type call struct {
	original *http.Request
	table    bool       // to the table service
	account  string     // first part of the path
	resource string     // rest of the path
	body     []byte     // of the table service; the body of a blob is passed on unread
	name     string     // equal for equal requests
	random   *rand.Rand // decides what happens to the call
}

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
	c.random = t.random(c)
	return c, nil
}

// isTable reports whether a request is to the table service. Such a request has an
// OData version header, which the SDK writes in a case of its own. If the SDK leaves
// the header out, the path has parentheses, which names of containers cannot have.
func isTable(r *http.Request, resource string) bool {
	for name := range r.Header {
		if strings.EqualFold(name, "DataServiceVersion") {
			return true
		}
	}
	first, _, _ := strings.Cut(resource, "/")
	return strings.Contains(first, "(")
}

// boundaries differ in every attempt of a transaction.
var boundaries = regexp.MustCompile(`(batch|changeset)_[0-9a-fA-F-]{36}`)

func digest(body []byte) string {
	return fmt.Sprintf("%x", sha256.Sum256(boundaries.ReplaceAll(body, nil)))
}

// random returns the source of a call's randomness. It depends on the seed, the
// call's name and the number of equal calls before. It does not depend on the
// account, so a test meets the same effects alone and among others.
func (t *Transport) random(c *call) *rand.Rand {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := c.account + " " + c.name
	t.seen[key]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", t.options.Seed, t.seen[key], c.name))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:])))
}

// request returns the request to send to Azurite.
func (c *call) request() *http.Request {
	r := c.original
	if c.table && r.Body != nil {
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(c.body))
	}
	return r
}

func (c *call) query() url.Values { return c.original.URL.Query() }

func (c *call) isTransaction() bool {
	return c.table && c.original.Method == http.MethodPost && c.resource == "$batch"
}

// isQuery reports whether c asks for rows, or for the names of tables.
func (c *call) isQuery() bool {
	return c.table && c.original.Method == http.MethodGet && (strings.HasSuffix(c.resource, "()") || c.listsTables())
}

func (c *call) listsTables() bool { return c.resource == "Tables" }

// deletedTable returns the table of a DELETE of Tables('name'), or "".
func (c *call) deletedTable() string {
	name, found := strings.CutPrefix(c.resource, "Tables('")
	if !found {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(name, "')"))
}

// tableName returns the table that a call concerns, or "". It is in lower case,
// because names of tables are case-insensitive.
func (c *call) tableName() string {
	switch {
	case !c.table || c.listsTables() && c.original.Method == http.MethodGet:
		return ""
	case c.listsTables():
		var created struct{ TableName string }
		json.Unmarshal(c.body, &created) // Azurite rejects invalid JSON
		return strings.ToLower(created.TableName)
	case c.deletedTable() != "":
		return c.deletedTable()
	case c.isTransaction():
		for o := range c.operations() {
			return strings.ToLower(o.table)
		}
		return ""
	}
	name, _, _ := strings.Cut(c.resource, "(")
	return strings.ToLower(name)
}

// An operation is one change of a transaction.
type operation struct {
	table     string
	partition string
	entity    []byte // JSON; empty for a DELETE
}

// operations yields a transaction's operations up to the first that cannot be
// parsed. Azurite rejects such a transaction.
func (c *call) operations() iter.Seq[operation] {
	return func(yield func(operation) bool) {
		batch := parts(c.original.Header.Get("Content-Type"), bytes.NewReader(c.body))
		if batch == nil {
			return
		}
		changeset, err := batch.NextPart()
		if err != nil {
			return
		}
		changes := parts(changeset.Header.Get("Content-Type"), changeset)
		for changes != nil {
			part, err := changes.NextPart()
			if err != nil {
				return
			}
			o, ok := parseOperation(part)
			if !ok || !yield(o) {
				return
			}
		}
	}
}

func parts(contentType string, body io.Reader) *multipart.Reader {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return nil
	}
	return multipart.NewReader(body, params["boundary"])
}

// entityPath is the path of an entity: table(PartitionKey='p',RowKey='r').
var entityPath = regexp.MustCompile(`^(\w+)\(PartitionKey='((?:''|[^'])*)'`)

// parseOperation parses the request in a part. Its keys are in the path, or, in an
// insertion, in the entity.
func parseOperation(part io.Reader) (operation, bool) {
	r, err := http.ReadRequest(bufio.NewReader(part))
	if err != nil {
		return operation{}, false
	}
	var o operation
	if o.entity, err = io.ReadAll(r.Body); err != nil {
		return operation{}, false
	}
	resource := path.Base(r.URL.Path)
	if m := entityPath.FindStringSubmatch(resource); m != nil {
		o.table, o.partition = m[1], strings.ReplaceAll(m[2], "''", "'")
		return o, true
	}
	var keys struct{ PartitionKey string }
	if err := json.Unmarshal(o.entity, &keys); err != nil {
		return operation{}, false
	}
	o.table, _, _ = strings.Cut(resource, "(")
	o.partition = keys.PartitionKey
	return o, true
}
