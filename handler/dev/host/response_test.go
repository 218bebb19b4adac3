package host

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func response(status int, contentType, body string) *http.Response {
	r := &http.Response{
		StatusCode: status, Status: http.StatusText(status), Header: http.Header{},
		ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)),
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

func TestAnswerIsRead(t *testing.T) {
	tests := []struct {
		name, contentType, body string
		want                    answer
	}{
		{"all members", "application/json", `{"Outputs":{"a":1},"Logs":["x","y"],"ReturnValue":"z"}`,
			answer{map[string]json.RawMessage{"a": json.RawMessage("1")}, []logText{"x", "y"}, json.RawMessage(`"z"`)}},
		{"names in any case, unknown ones ignored", "application/json; charset=utf-8", `{"logs":["x"],"more":1}`, answer{Logs: []logText{"x"}}},
		{"nothing at all is needed", "text/json", `{}`, answer{}},
		{"logs that are scalars become text", "application/json", `{"Logs":[1,true,null]}`, answer{Logs: []logText{"1", "true", ""}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := readAnswer(response(200, test.contentType, test.body))
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestAnswerFailsTheInvocation(t *testing.T) {
	tests := []struct {
		name              string
		status            int
		contentType, body string
		want              string
	}{
		{"not 2xx, whatever it says", 500, "application/json", `{}`, "does not indicate success: Internal Server Error"},
		{"a redirect", 302, "application/json", `{}`, "does not indicate success"},
		{"text/plain, which Go's server makes of it", 200, "text/plain; charset=utf-8", `{}`, "no MediaTypeFormatter"},
		{"no media type", 200, "", `{}`, "no MediaTypeFormatter"},
		{"a JSON type that has no formatter", 200, "application/problem+json", `{}`, "no MediaTypeFormatter"},
		{"no JSON", 200, "application/json", `done`, "invalid HttpResponseMessage"},
		{"not an object", 200, "application/json", `[]`, "invalid HttpResponseMessage"},
		{"outputs that are no object", 200, "application/json", `{"Outputs":[]}`, "invalid HttpResponseMessage"},
		{"logs that are no list", 200, "application/json", `{"Logs":"x"}`, "invalid HttpResponseMessage"},
		{"logs that are objects", 200, "application/json", `{"Logs":[{}]}`, "a line of Logs"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readAnswer(response(test.status, test.contentType, test.body))
			if err == nil || errors.Is(err, errNoResult) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestAnswerIsNone(t *testing.T) {
	chunked := response(200, "application/json", "")
	chunked.ContentLength = -1
	for name, r := range map[string]*http.Response{
		"null": response(200, "application/json", " null\n"), "empty": response(200, "application/json", ""),
		"empty without a type": response(200, "", ""), "no content": response(204, "", ""), "empty and chunked": chunked,
		"blank": response(200, "application/json", "\n"),
	} {
		if _, err := readAnswer(r); !errors.Is(err, errNoResult) {
			t.Errorf("%s: error %v, want %v", name, err, errNoResult)
		}
	}
}

func TestHTTPOutput(t *testing.T) {
	plain := "text/plain; charset=utf-8"
	tests := []struct {
		name, answer      string
		status            int
		contentType, body string
	}{
		{"without Outputs the response is empty", `{}`, 200, "", ""},
		{"without the output it is an empty object", `{"Outputs":{"other":1}}`, 200, plain, "{}"},
		{"names of outputs have a case", `{"Outputs":{"Res":{"statusCode":201}}}`, 200, plain, "{}"},
		{"a status as a number", `{"Outputs":{"res":{"statusCode":201,"body":"made"}}}`, 201, plain, "made"},
		{"a status as text, members in any case", `{"Outputs":{"res":{"StatusCode":"404","BODY":"gone"}}}`, 404, plain, "gone"},
		{"status without statusCode is ignored", `{"Outputs":{"res":{"status":404,"body":"gone"}}}`, 200, plain, "gone"},
		{"a status that is none", `{"Outputs":{"res":{"statusCode":"soon","body":"x"}}}`, 200, plain, "x"},
		{"a body is not needed", `{"Outputs":{"res":{"statusCode":202}}}`, 202, plain, ""},
		{"the output may be text that holds the object", `{"Outputs":{"res":"{\"statusCode\":201,\"body\":\"made\"}"}}`, 201, plain, "made"},
		{"an object is indented, as plain text", `{"Outputs":{"res":{"body":{"a":[1]}}}}`, 200, plain, "{\n  \"a\": [\n    1\n  ]\n}"},
		{"a boolean is .NET's", `{"Outputs":{"res":{"body":true}}}`, 200, plain, "True"},
		{"a type of one's own gets a charset", `{"Outputs":{"res":{"body":"{}","headers":{"content-type":"application/json","X-N":7}}}}`, 200, "application/json; charset=utf-8", "{}"},
		{"a charset is kept", `{"Outputs":{"res":{"body":"","headers":{"Content-Type":"text/html; charset=utf-16"}}}}`, 200, "text/html; charset=utf-16", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := decode[answer](t, test.answer)
			got, err := answerHTTP(&HTTPTrigger{Output: "res"}, Result{Outputs: a.Outputs})
			if err != nil {
				t.Fatal(err)
			}
			if got.status != test.status || got.body != test.body || got.header.Get("Content-Type") != test.contentType {
				t.Errorf("%d %q %q, want %d %q %q", got.status, got.header.Get("Content-Type"), got.body, test.status, test.contentType, test.body)
			}
		})
	}
}

func TestHTTPOutputFails(t *testing.T) {
	for _, output := range []string{
		`null`, `"hello"`, `""`, `5`, `[]`, `{"statusCode":{}}`, `{"statusCode":42}`, `{"headers":[]}`,
		`{"headers":{"Content-Type":null}}`, `{"headers":{"X-A":null}}`, `{"headers":{"X-A":"a\nb"}}`,
	} {
		outputs := map[string]json.RawMessage{"res": json.RawMessage(output)}
		if got, err := answerHTTP(&HTTPTrigger{Output: "res"}, Result{Outputs: outputs}); err == nil {
			t.Errorf("%s is answered with %+v", output, got)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(`{"Outputs":{"res":{"statusCode":"201","headers":{"A":"b"},"body":{"x":1}}},"Logs":["l"],"ReturnValue":1}`)
	f.Add(`{"Outputs":{"res":"{\"body\":true}"}}`)
	f.Add(`{"Logs":[null,1.5,"x"]}`)
	f.Fuzz(func(t *testing.T, body string) {
		a, err := readAnswer(response(200, "application/json", body))
		if err != nil {
			return
		}
		if got, err := answerHTTP(&HTTPTrigger{Output: "res"}, Result{Outputs: a.Outputs}); err == nil && (got.status < 200 || got.status > 999) {
			t.Errorf("status %d", got.status)
		}
	})
}
