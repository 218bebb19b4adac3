package azurelike

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// Limits of Azure that Azurite does not enforce, or only in part.
const (
	maxOperations  = 100 // of a transaction
	maxProperties  = 252 // of an entity
	maxComparisons = 15  // of a filter
)

// A rejection is an error response of the service.
type rejection struct {
	status  int
	code    string
	message string
}

var (
	serverBusy        = rejection{503, "ServerBusy", "The server is busy."}
	operationTimedOut = rejection{500, "OperationTimedOut", "Operation could not be completed within the specified time."}
	tableBeingDeleted = rejection{409, "TableBeingDeleted", "The specified table is being deleted. Try operation later."}
	otherPartition    = rejection{400, "CommandsInBatchActOnDifferentPartitions", "All commands in a batch must operate on same entity group."}
	tooManyOperations = rejection{400, "InvalidInput", "The batch request operation exceeds the maximum 100 changes per change set."}
	tooManyProperties = rejection{400, "TooManyProperties", "The entity contains more properties than allowed. " +
		"Each entity can include up to 252 properties to store data. Each entity also has 3 system properties."}
	invalidInput = rejection{400, "InvalidInput", "One of the request inputs is not valid."}
)

// checkLimits rejects a call that exceeds a limit of Azure.
func (t *Transport) checkLimits(c *call) (*http.Response, error) {
	var resp *http.Response
	switch {
	case c.isTransaction():
		resp = c.rejectTransaction()
	case c.isQuery() && comparisons(c.query().Get("$filter")) > maxComparisons:
		resp = c.reject(invalidInput)
	case c.table && !c.listsTables() && properties(c.body) > maxProperties:
		resp = c.reject(tooManyProperties)
	}
	if resp != nil {
		t.did(Rejected)
	}
	return resp, nil
}

func (c *call) rejectTransaction() *http.Response {
	n, partition := 0, ""
	for o := range c.operations() {
		switch {
		case n == 0:
			partition = o.partition
		case n == maxOperations:
			return c.rejectInside(n-1, tooManyOperations)
		case o.partition != partition:
			return c.rejectInside(n, otherPartition)
		}
		if properties(o.entity) > maxProperties {
			return c.rejectInside(n, tooManyProperties)
		}
		n++
	}
	return nil
}

// properties counts the properties in an entity's JSON, without keys, timestamp and
// OData annotations. A null is not stored and does not count.
func properties(entity []byte) int {
	var values map[string]any
	json.Unmarshal(entity, &values) // invalid JSON has no properties
	n := 0
	for name, value := range values {
		switch {
		case name == "PartitionKey" || name == "RowKey" || name == "Timestamp":
		case strings.Contains(name, "odata.") || value == nil:
		default:
			n++
		}
	}
	return n
}

var (
	literal    = regexp.MustCompile(`'(''|[^'])*'`)
	comparison = regexp.MustCompile(`(?i)\b(eq|ne|gt|ge|lt|le)\b`)
)

// comparisons counts the comparisons of a filter.
func comparisons(filter string) int {
	return len(comparison.FindAllString(literal.ReplaceAllString(filter, "''"), -1))
}

// reject returns a rejection in the format of the call's service.
func (c *call) reject(r rejection) *http.Response {
	if c.table {
		return c.respond(r.status, "application/json;odata=minimalmetadata;streaming=true;charset=utf-8", r.json(r.message))
	}
	resp := c.respond(r.status, "application/xml", r.xml())
	resp.Header.Set("x-ms-error-code", r.code)
	return resp
}

// trailer ends the message of every rejection.
const trailer = "\nRequestId:00000000-0000-0000-0000-000000000000\nTime:2026-01-01T00:00:00.0000000Z"

func (r rejection) json(message string) []byte {
	text, err := json.Marshal(map[string]any{"odata.error": map[string]any{
		"code": r.code, "message": map[string]any{"lang": "en-US", "value": message + trailer},
	}})
	if err != nil {
		panic(err) // cannot happen: the values are strings
	}
	return text
}

func (r rejection) xml() []byte {
	var b bytes.Buffer
	b.WriteString("\ufeff" + `<?xml version="1.0" encoding="utf-8"?><Error><Code>` + r.code + `</Code><Message>`)
	xml.EscapeText(&b, []byte(r.message+trailer)) // a buffer returns no error
	b.WriteString(`</Message></Error>`)
	return b.Bytes()
}

// rejectInside rejects one operation of a transaction: the response has status 202
// and contains the rejection in a part.
func (c *call) rejectInside(operation int, r rejection) *http.Response {
	const batch, changeset = "batchresponse_00000000-0000-0000-0000-000000000001", "changesetresponse_00000000-0000-0000-0000-000000000002"
	lines := []string{
		"--" + batch,
		"Content-Type: multipart/mixed; boundary=" + changeset, "",
		"--" + changeset,
		"Content-Type: application/http",
		"Content-Transfer-Encoding: binary", "",
		fmt.Sprintf("HTTP/1.1 %d %s", r.status, http.StatusText(r.status)),
		"X-Content-Type-Options: nosniff",
		"Cache-Control: no-cache",
		"DataServiceVersion: 3.0;",
		"Content-Type: application/json;odata=minimalmetadata;streaming=true;charset=utf-8", "",
		string(r.json(fmt.Sprintf("%d:%s", operation, r.message))),
		"--" + changeset + "--",
		"--" + batch + "--", "",
	}
	return c.respond(http.StatusAccepted, "multipart/mixed; boundary="+batch, []byte(strings.Join(lines, "\r\n")))
}

// respond returns a response to a call that Azurite does not see.
func (c *call) respond(status int, contentType string, body []byte) *http.Response {
	resp := &http.Response{
		StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: c.original,
		Header: http.Header{"Content-Type": {contentType}},
	}
	if c.original.Body != nil {
		c.original.Body.Close() // required of a RoundTripper; a busy service does not read it
	}
	if c.original.Method == http.MethodHead {
		body = nil
	}
	setBody(resp, body)
	return resp
}

func setBody(resp *http.Response, body []byte) {
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	resp.Header.Set("Content-Length", strconv.Itoa(len(body)))
}
