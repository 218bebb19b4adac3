package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
)

// faults is a transport that goes wrong as it is told to.
type faults struct {
	connection string            // of the account that it leads to
	base       http.RoundTripper // nil: toAzurite

	mu    sync.Mutex
	rules []*rule
	seen  []string // "POST $batch events202611", "GET events202611()", "PUT raw", ...
}

// A rule lets skip requests that match pass, then applies to the next times.
type rule struct {
	match string // part of "METHOD path"
	skip  int
	times int
	does  func(req *http.Request) (*http.Response, error)
}

func (f *faults) Do(req *http.Request) (*http.Response, error) {
	req = req.WithContext(context.WithValue(req.Context(), wayKey{}, f.base))
	if does := f.rule(req); does != nil {
		return does(req)
	}
	return client.Do(req)
}

// client is the way to storage that has no faults: for a request that came
// through faults, theirs.
var client way

type (
	way    struct{}
	wayKey struct{} // of a request's context
)

func (way) Do(req *http.Request) (*http.Response, error) {
	base, _ := req.Context().Value(wayKey{}).(http.RoundTripper)
	if base == nil {
		base = toAzurite
	}
	return base.RoundTrip(req)
}

func (f *faults) rule(req *http.Request) func(*http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	name := nameOf(req)
	f.seen = append(f.seen, name)
	for _, r := range f.rules {
		if r.times == 0 || !strings.Contains(name, r.match) {
			continue
		}
		if r.skip > 0 {
			r.skip--
			continue
		}
		r.times--
		return r.does
	}
	return nil
}

// nameOf is a request's method and path, and the table of a transaction.
func nameOf(req *http.Request) string {
	name := req.Method + " " + req.URL.Path
	if !strings.HasSuffix(name, "/$batch") {
		return name
	}
	body, _ := io.ReadAll(req.Body) // from memory
	req.Body = io.NopCloser(bytes.NewReader(body))
	return name + " " + string(transactionTable.Find(body))
}

var transactionTable = regexp.MustCompile(`(events|index|content)\d{6}|state`)

// fail makes the next times matching requests go wrong.
func (f *faults) fail(match string, skip, times int, does func(*http.Request) (*http.Response, error)) *rule {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := &rule{match, skip, times, does}
	f.rules = append(f.rules, r)
	return r
}

// left is how many times the rules still had to apply.
func (f *faults) left() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, r := range f.rules {
		n += r.times
	}
	return n
}

// count is how many requests matched.
func (f *faults) count(match string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, name := range f.seen {
		if strings.Contains(name, match) {
			n++
		}
	}
	return n
}

var errBroken = errors.New("connection reset by peer")

// notApplied breaks the connection before storage sees the request.
func notApplied(*http.Request) (*http.Response, error) { return nil, errBroken }

// applied lets storage do its work, then breaks the connection.
func appliedThenBroken(req *http.Request) (*http.Response, error) {
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	return nil, errBroken
}

// answers makes storage answer this, without being asked.
func answers(status int, code, body string) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		if req.Body != nil {
			io.Copy(io.Discard, req.Body)
		}
		return answer(req, status, code, body), nil
	}
}

func answer(req *http.Request, status int, code, body string) *http.Response {
	h := http.Header{"Content-Type": {"multipart/mixed; boundary=b"}}
	if code != "" {
		h.Set("x-ms-error-code", code)
	}
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status), Header: h, Request: req,
		Body: io.NopCloser(strings.NewReader(body)), ProtoMajor: 1, ProtoMinor: 1,
	}
}

// rewritten lets storage do its work, and changes the body of its answer.
func rewritten(change func(body []byte) []byte) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		body = change(body)
		resp.Body = io.NopCloser(bytes.NewReader(body))
		resp.ContentLength = int64(len(body))
		return resp, nil
	}
}

// innerFailure is a transaction's answer that says that operation index failed.
func innerFailure(status int, code string, index int) string {
	return "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n" +
		"--changesetresponse_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n" +
		fmt.Sprintf("HTTP/1.1 %d Some Words\r\nX-Content-Type-Options: nosniff\r\nDataServiceVersion: 3.0;\r\n"+
			"Content-Type: application/json;odata=minimalmetadata;streaming=true;charset=utf-8\r\n\r\n", status) +
		fmt.Sprintf(`{"odata.error":{"code":%q,"message":{"lang":"en-US","value":"%d:Words, and secrets.\nRequestId:1\nTime:2026"}}}`, code, index) +
		"\r\n--changesetresponse_1--\r\n--batchresponse_1--\r\n"
}
