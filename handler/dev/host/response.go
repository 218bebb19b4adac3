package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
)

// Result is how an invocation in default mode ended.
type Result struct {
	InvocationID string
	// Status is the HTTP status of the handler's answer, 0 without one.
	Status int
	// Logs are the lines in the answer, which the host logs under the
	// invocation. Those of an answer that is not 2xx or not readable are lost.
	Logs []string
	// Outputs are the answer's, declared or not; nil if it has none.
	Outputs     map[string]json.RawMessage
	ReturnValue json.RawMessage
	Duration    time.Duration
	// Err tells why the invocation failed; nil: it succeeded.
	Err error
}

// Failed tells whether the platform would show a failed invocation.
func (r Result) Failed() bool { return r.Err != nil }

// ErrTimeout is the failure of an invocation that functionTimeout ended. The
// handler is killed and started again, whatever else it was doing.
var ErrTimeout = errors.New("the invocation exceeded functionTimeout")

// errNoResult is an answer that the host takes for none: it then waits for
// functionTimeout.
var errNoResult = errors.New("the answer is empty or null: the host goes on waiting")

// answer is the handler's response to a default invocation. Names are the
// same in any case, and unknown ones are ignored.
type answer struct {
	Outputs     map[string]json.RawMessage
	Logs        []logText
	ReturnValue json.RawMessage
}

// readAnswer applies the host's rules to the response. errNoResult is the one
// error that is not the end.
func readAnswer(response *http.Response) (answer, error) {
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, fmt.Errorf("read the handler's response: %w", err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return answer{}, fmt.Errorf("response status code does not indicate success: %s", response.Status)
	}
	if len(body) == 0 && response.ContentLength >= 0 {
		return answer{}, errNoResult
	}
	if err := checkMediaType(response.Header.Get("Content-Type")); err != nil {
		return answer{}, err
	}
	if text := string(bytes.TrimSpace(body)); text == "" || text == "null" {
		return answer{}, errNoResult
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return answer{}, fmt.Errorf("invalid HttpResponseMessage: %w", err)
	}
	return a, nil
}

// checkMediaType demands one that Web API has a formatter for. Go's default
// for what looks like text, text/plain, is none.
func checkMediaType(contentType string) error {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err == nil && (mediaType == "application/json" || mediaType == "text/json") {
		return nil
	}
	return fmt.Errorf("invalid HttpResponseMessage: no MediaTypeFormatter is available to read content with media type %q; the handler must set Content-Type: application/json", contentType)
}

func (a answer) logs() []string {
	var lines []string
	for _, line := range a.Logs {
		lines = append(lines, string(line))
	}
	return lines
}

// logText is a line of Logs. The host makes text of other scalars, and fails
// on lists and objects.
type logText string

// UnmarshalJSON implements json.Unmarshaler.
func (l *logText) UnmarshalJSON(text []byte) error {
	switch text[0] {
	case '[', '{':
		return errors.New("a line of Logs is a list or an object")
	case '"':
		return json.Unmarshal(text, (*string)(l))
	case 'n':
		*l = ""
	default:
		*l = logText(text)
	}
	return nil
}
