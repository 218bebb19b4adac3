package host

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// envelope is the body of a default invocation.
type envelope struct {
	Data     map[string]any
	Metadata map[string]any
}

// encodeValue applies the host's rules for a trigger or metadata value. What
// is an object in JSON is sent as it is. Anything else is sent as a string
// that holds its JSON: a text is thus encoded twice ("\"hi\""), a number is
// a string ("1"), and so is a list ("[1]"). Bytes are base64, a time loses
// its fractions of a second.
func encodeValue(value any) any {
	switch v := value.(type) {
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05Z")
	}
	text := marshal(value)
	if strings.HasPrefix(text, "{") {
		return json.RawMessage(text)
	}
	return text
}

// marshal writes JSON as Json.NET does, without escapes for HTML. It takes
// what cannot fail: texts, numbers, and structures of them.
func marshal(value any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic("host: cannot encode: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// system is Metadata.sys.
type system struct {
	MethodName string
	UtcNow     string
	RandGuid   string
}

func newSystem(function string, now time.Time) system {
	return system{MethodName: function, UtcNow: now.UTC().Format("2006-01-02T15:04:05.9999999Z"), RandGuid: newGUID()}
}
