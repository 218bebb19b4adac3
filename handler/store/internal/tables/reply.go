package tables

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// A reply is what the service answered to a transaction. The zero reply is an
// answer that says neither that all was stored nor that nothing was.
type reply struct {
	status int    // 204 if all was stored, else that of the operation that failed
	code   string // storage error code of that operation
	index  int    // of that operation; -1 if the answer doesn't say
}

// clash reports whether the operation failed on what was there: something
// that must not be, or not what must be.
func (r reply) clash() bool {
	switch r.code {
	case "EntityAlreadyExists", "ResourceNotFound", "EntityNotFound", "UpdateConditionNotSatisfied", "ConditionNotMet":
		return true
	}
	return false
}

// parseReply reads the body of a 202 answer to n operations: a multipart
// document with a status line for each operation, or with a single one for the
// operation that made all of them fail ("Performing entity group
// transactions"). It reads status lines wherever they are, so that a document
// cut short is a short one and not an error; no JSON text can hold such a line.
func parseReply(body []byte, n int) reply {
	stored := 0
	parts := bytes.Split(body, []byte("\nHTTP/1.1 "))
	for _, part := range parts[1:] {
		status := leadingNumber(string(part[:min(len(part), 3)]))
		if status >= 400 {
			return parseFailure(status, part)
		}
		if status >= 200 && status < 300 {
			stored++
		}
	}
	if stored != n || n == 0 {
		return reply{}
	}
	return reply{status: 204, index: -1}
}

// parseFailure reads {"odata.error":{"code":"...","message":{"value":"3:..."}}},
// where 3 is the failed operation.
func parseFailure(status int, part []byte) reply {
	r := reply{status: status, index: -1}
	start := max(bytes.IndexByte(part, '{'), 0)
	failure := gjson.GetBytes(part[start:], `odata\.error`)
	r.code = safeCode(failure.Get("code").String())
	number, _, found := strings.Cut(failure.Get("message.value").String(), ":")
	if index := leadingNumber(number); found && index >= 0 {
		r.index = index
	}
	if r.code == "" && !storage.Temporary(status, "") {
		return reply{} // cut short
	}
	return r
}

// leadingNumber reads a number of decimal digits; -1 for anything else.
func leadingNumber(s string) int {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return -1
	}
	return int(n)
}

// safeCode keeps what is no error code out of messages.
func safeCode(code string) string {
	for _, r := range code {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') {
			return ""
		}
	}
	return Cut(code, 60)
}
