package feed

import (
	"bytes"
	"encoding/json"
	"regexp"
)

// maxErrorBody is how much of an error's body is read. Errors are short; a
// front door's page of HTML is a few KiB.
const maxErrorBody = 64 << 10

var htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// envelope holds the error shapes that are JSON: the API's own
// {"error":{"code":…,"message":…}}, ASP.NET's {"Message":…} (keys match in any
// case) and OAuth's {"error":…,"error_description":…}.
type envelope struct {
	Error       json.RawMessage `json:"error"`
	Message     string          `json:"message"`
	Description string          `json:"error_description"`
}

type codeAndMessage struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// describe finds the error code and the text of an error's body. The code is
// the envelope's if there is one, else the first that stands anywhere.
func describe(body []byte) (code, text string) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, byteOrderMark))
	var e envelope
	if json.Unmarshal(body, &e) != nil {
		return codePattern.FindString(string(body)), plainText(body)
	}
	var inner codeAndMessage
	_ = json.Unmarshal(e.Error, &inner) // a string, or absent: then there is no code to prefer
	code = codePattern.FindString(inner.Code)
	if code == "" {
		code = codePattern.FindString(string(body))
	}
	for _, text = range []string{inner.Message, e.Description, e.Message} {
		if text != "" {
			return code, text
		}
	}
	return code, plainText(body)
}

// plainText is the body itself, and of a page of HTML its title.
func plainText(body []byte) string {
	if len(body) == 0 || body[0] != '<' {
		return string(body)
	}
	if title := htmlTitle.FindSubmatch(body); title != nil {
		return "a page of HTML: " + string(title[1])
	}
	return "a page of HTML"
}

// isError tells an error that came with status 200 (seen in the field), or a
// page of HTML from something between us and the API, from content. It leaves
// anything else alone: that is for the caller to judge.
func isError(body []byte) bool {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, byteOrderMark))
	return bytes.HasPrefix(body, []byte("<")) || isErrorObject(body)
}

func isErrorObject(body []byte) bool {
	if len(body) == 0 || body[0] != '{' || len(body) > maxErrorBody {
		return false
	}
	var keys map[string]json.RawMessage
	if json.Unmarshal(body, &keys) != nil {
		return bytes.HasPrefix(body, []byte("{'error'")) // the single-quoted variant
	}
	if _, ok := keys["error"]; ok {
		return true
	}
	_, upper := keys["Message"]
	_, lower := keys["message"]
	_, record := keys["CreationTime"]
	return (upper || lower) && !record
}
