package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// errOutput is an http output that the host cannot use: the caller gets 500.
var errOutput = errors.New("failed while trying to Deserialize to httpOutputBindingResponse: the output is not in the expected format")

// httpOutput is the value of an http output: a JSON object, or the text of
// one. Its body is text, or rendered as text.
type httpOutput struct {
	StatusCode json.RawMessage
	Body       json.RawMessage
	Headers    map[string]json.RawMessage
}

// httpAnswer is what the caller of an HTTP function in default mode gets.
type httpAnswer struct {
	status int
	header http.Header
	body   string
}

// answerHTTP maps a result to a response: nothing without Outputs or without
// an http output in function.json, {} without the output, else the output.
func answerHTTP(t *HTTPTrigger, result Result) (httpAnswer, error) {
	a := httpAnswer{status: http.StatusOK, header: http.Header{}}
	if t.Output == "" || result.Outputs == nil {
		return a, nil
	}
	value, ok := result.Outputs[t.Output]
	if !ok {
		a.body = "{}"
		a.setContentType("")
		return a, nil
	}
	output, err := parseOutput(value)
	if err != nil {
		return a, err
	}
	if a.status = output.status(); a.status < 200 || a.status > 999 {
		return a, fmt.Errorf("the statusCode %d is none that a response can have", a.status)
	}
	a.body = outputText(output.Body)
	return a, a.setHeaders(output.Headers)
}

func parseOutput(value json.RawMessage) (httpOutput, error) {
	if value[0] == '"' {
		var text string
		_ = json.Unmarshal(value, &text) // is a valid string
		value = json.RawMessage(strings.TrimSpace(text))
	}
	var output httpOutput
	if len(value) == 0 || value[0] != '{' || json.Unmarshal(value, &output) != nil {
		return output, errOutput
	}
	if code := output.StatusCode; len(code) > 0 && (code[0] == '{' || code[0] == '[') {
		return output, errOutput
	}
	return output, nil
}

// status is a number or its text; anything else is 200. A member "status" is
// ignored: the host looks at statusCode, finds it null, and stops there.
func (o httpOutput) status() int {
	if n, err := strconv.Atoi(strings.Trim(string(o.StatusCode), `"`)); err == nil {
		return n
	}
	return http.StatusOK
}

// outputText is a body as text: a text is written raw, an object or a list
// indented, a scalar as .NET writes it.
func outputText(body json.RawMessage) string {
	if len(body) == 0 {
		return ""
	}
	if body[0] == '{' || body[0] == '[' {
		var b bytes.Buffer
		_ = json.Indent(&b, body, "", "  ") // is valid JSON
		return b.String()
	}
	text, _ := bodyMember(body).(string)
	return text
}

func (a *httpAnswer) setHeaders(headers map[string]json.RawMessage) error {
	contentType := ""
	for name, value := range headers {
		if string(value) == "null" {
			return fmt.Errorf("the header %s is null", name)
		}
		text := outputText(value)
		if strings.ContainsAny(text, "\r\n") {
			return fmt.Errorf("the header %s has a line break", name)
		}
		if strings.EqualFold(name, "Content-Type") {
			contentType = text
			continue
		}
		a.header.Set(name, text)
	}
	a.setContentType(contentType)
	return nil
}

// setContentType completes the type with the charset that text is written in.
func (a *httpAnswer) setContentType(contentType string) {
	if contentType == "" {
		contentType = "text/plain"
	}
	if _, params, err := mime.ParseMediaType(contentType); err == nil && params["charset"] == "" {
		contentType += "; charset=utf-8"
	}
	a.header.Set("Content-Type", contentType)
}

func (a httpAnswer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body)) // the caller may be gone
}
