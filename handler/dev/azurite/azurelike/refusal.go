package azurelike

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// A refusal is an error of the service in its own words.
type refusal struct {
	status  int
	code    string
	message string
}

var (
	serverBusy        = refusal{503, "ServerBusy", "The server is busy."}
	operationTimedOut = refusal{500, "OperationTimedOut", "Operation could not be completed within the specified time."}
	tableBeingDeleted = refusal{409, "TableBeingDeleted", "The specified table is being deleted. Try operation later."}
	otherPartition    = refusal{400, "CommandsInBatchActOnDifferentPartitions", "All commands in a batch must operate on same entity group."}
	tooManyOperations = refusal{400, "InvalidInput", "The batch request operation exceeds the maximum 100 changes per change set."}
	tooManyProperties = refusal{400, "TooManyProperties", "The entity contains more properties than allowed. " +
		"Each entity can include up to 252 properties to store data. Each entity also has 3 system properties."}
	invalidInput = refusal{400, "InvalidInput", "One of the request inputs is not valid."}
)

// trailer ends the message of every refusal.
const trailer = "\nRequestId:00000000-0000-0000-0000-000000000000\nTime:2026-01-01T00:00:00.0000000Z"

// refuse answers a call with a refusal, in the format of its service.
func (c *call) refuse(r refusal) *http.Response {
	if c.table {
		return c.answer(r.status, "application/json;odata=minimalmetadata;streaming=true;charset=utf-8", r.json(r.message))
	}
	resp := c.answer(r.status, "application/xml", r.xml())
	resp.Header.Set("x-ms-error-code", r.code)
	return resp
}

func (r refusal) json(message string) []byte {
	text, err := json.Marshal(map[string]any{"odata.error": map[string]any{
		"code": r.code, "message": map[string]any{"lang": "en-US", "value": message + trailer},
	}})
	if err != nil {
		panic(err) // strings are JSON
	}
	return text
}

func (r refusal) xml() []byte {
	var b bytes.Buffer
	b.WriteString("\ufeff" + `<?xml version="1.0" encoding="utf-8"?><Error><Code>` + r.code + `</Code><Message>`)
	xml.EscapeText(&b, []byte(r.message+trailer)) // no error on a buffer
	b.WriteString(`</Message></Error>`)
	return b.Bytes()
}

// refuseInside answers a transaction with the refusal of one operation: 202
// outside, and the refusal in a part of it.
func (c *call) refuseInside(operation int, r refusal) *http.Response {
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
	return c.answer(http.StatusAccepted, "multipart/mixed; boundary="+batch, []byte(strings.Join(lines, "\r\n")))
}

// answer is what the service answers, and Azurite never heard of.
func (c *call) answer(status int, contentType string, body []byte) *http.Response {
	resp := &http.Response{
		StatusCode: status, Status: fmt.Sprintf("%d %s", status, http.StatusText(status)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: c.original,
		Header: http.Header{"Content-Type": {contentType}},
	}
	if c.original.Body != nil {
		c.original.Body.Close() // as a RoundTripper must; not read, as by a service that is too busy
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
