package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

// envelope is the body that a timer function receives.
type envelope struct {
	Data     map[string]timerInfo // by the name of the trigger's binding
	Metadata struct {
		Sys system `json:"sys"`
	}
}

// timerInfo is the value of a timer trigger. It does not include the schedule
// expression.
type timerInfo struct {
	Schedule       timerSchedule
	ScheduleStatus *scheduleStatus // null without a monitor
	IsPastDue      bool
}

type timerSchedule struct {
	AdjustForDST bool
}

// scheduleStatus is the state that the host keeps for a timer and shows to the
// handler: the last occurrence that ran, the next one (during a run: the current
// one), and when the two were computed. Before the first run, times are zero.
type scheduleStatus struct {
	Last, Next, LastUpdated netTime
}

// system is Metadata.sys.
type system struct {
	MethodName string
	UtcNow     string
	RandGuid   string
}

func newTimerEnvelope(f *Function, info timerInfo, now time.Time) envelope {
	e := envelope{Data: map[string]timerInfo{f.Timer.Binding: info}}
	e.Metadata.Sys = system{MethodName: f.Name, UtcNow: now.UTC().Format("2006-01-02T15:04:05.9999999Z"), RandGuid: newGUID()}
	return e
}

// netTime is a time in .NET's JSON format: in UTC with an offset and up to seven
// digits of the second. DateTime.MinValue has no offset, so it is not RFC 3339.
type netTime struct{ time.Time }

const netMinimum = "0001-01-01T00:00:00"

// netOf rounds t to the precision of .NET, so that it survives a round trip.
func netOf(t time.Time) netTime {
	return netTime{t.UTC().Truncate(100 * time.Nanosecond)}
}

func (t netTime) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return json.Marshal(netMinimum)
	}
	return json.Marshal(t.UTC().Format("2006-01-02T15:04:05.9999999-07:00"))
}

func (t *netTime) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	if s == netMinimum {
		*t = netTime{}
		return nil
	}
	parsed, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return fmt.Errorf("invalid time %q: %w", s, err)
	}
	*t = netOf(parsed)
	return nil
}

// marshal writes JSON like Json.NET, without escapes for HTML. Its values are
// texts, numbers and structures of them, which cannot fail.
func marshal(value any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("host: encode: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// post sends an envelope to the handler and returns its response and status. The
// request is chunked, since the host does not know its length in advance. If the
// response is empty, post waits until ctx ends, like the host.
func (p *process) post(ctx context.Context, inv invocation, e envelope) (timerResponse, int, error) {
	body := struct{ io.Reader }{strings.NewReader(marshal(e))}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/"+inv.function.Name, body)
	if err != nil {
		return timerResponse{}, 0, err
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", userAgent)
	addHostHeaders(request.Header, inv)
	response, err := p.client.Do(request)
	if err != nil {
		return timerResponse{}, 0, err
	}
	defer response.Body.Close()
	parsed, err := readTimerResponse(response)
	if errors.Is(err, errEmptyResponse) {
		<-ctx.Done()
		return timerResponse{}, response.StatusCode, context.Cause(ctx)
	}
	return parsed, response.StatusCode, err
}

// errEmptyResponse is a response that the host does not recognize as one. It
// then waits for functionTimeout.
var errEmptyResponse = errors.New("the response is empty or null: the host keeps waiting")

// timerResponse is the handler's response to an envelope. Names match in any
// case, and unknown ones are ignored.
type timerResponse struct {
	Outputs     map[string]json.RawMessage // must be an object; a timer has no outputs
	Logs        []logText
	ReturnValue json.RawMessage
}

// readTimerResponse applies the host's rules. After any error except
// errEmptyResponse the invocation has failed.
func readTimerResponse(response *http.Response) (timerResponse, error) {
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return timerResponse{}, fmt.Errorf("read the handler's response: %w", err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return timerResponse{}, fmt.Errorf("response status code does not indicate success: %s", response.Status)
	}
	if len(body) == 0 && response.ContentLength >= 0 {
		return timerResponse{}, errEmptyResponse
	}
	if err := checkMediaType(response.Header.Get("Content-Type")); err != nil {
		return timerResponse{}, err
	}
	if text := string(bytes.TrimSpace(body)); text == "" || text == "null" {
		return timerResponse{}, errEmptyResponse
	}
	var parsed timerResponse
	if err := json.Unmarshal(body, &parsed); err != nil {
		return timerResponse{}, fmt.Errorf("invalid HttpResponseMessage: %w", err)
	}
	return parsed, nil
}

// checkMediaType accepts the types that Web API has a formatter for. text/plain,
// Go's default for text, is rejected.
func checkMediaType(contentType string) error {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err == nil && (mediaType == "application/json" || mediaType == "text/json") {
		return nil
	}
	return fmt.Errorf("invalid HttpResponseMessage: no MediaTypeFormatter is available to read content with media type %q; "+
		"the handler must set Content-Type: application/json", contentType)
}

func (r timerResponse) lines() []string {
	var lines []string
	for _, line := range r.Logs {
		lines = append(lines, string(line))
	}
	return lines
}

// logText is a line of Logs. The host converts other scalars to text, and fails
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
