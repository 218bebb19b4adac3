package azurelike

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"regexp"
	"strings"
)

// An operation is one change of a transaction.
type operation struct {
	table     string
	partition string
	entity    []byte // JSON; none of a DELETE
}

// operations yields a transaction's operations as far as they can be read:
// Azurite refuses the rest.
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
			o, ok := readOperation(part)
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

// keyed is the path of a row: table(PartitionKey='p',RowKey='r').
var keyed = regexp.MustCompile(`^(\w+)\(PartitionKey='((?:''|[^'])*)'`)

// readOperation reads a request as it lies in a part: one with keys in its path,
// or the insertion of an entity that has them inside.
func readOperation(part io.Reader) (operation, bool) {
	r, err := http.ReadRequest(bufio.NewReader(part))
	if err != nil {
		return operation{}, false
	}
	var o operation
	if o.entity, err = io.ReadAll(r.Body); err != nil {
		return operation{}, false
	}
	resource := path.Base(r.URL.Path)
	if m := keyed.FindStringSubmatch(resource); m != nil {
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
