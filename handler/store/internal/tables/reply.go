package tables

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/tidwall/gjson"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// A reply is the service's response to a transaction. The zero reply is one that
// says neither that everything was stored nor that nothing was.
type reply struct {
	status int                     // 204 if everything was stored, otherwise that of the failed operation
	code   aztables.TableErrorCode // storage error code of that operation
	index  int                     // of that operation; -1 if the response does not say
}

// isClash reports whether the operation failed because of what is stored: an
// entity that exists, is missing or has changed.
func (r reply) isClash() bool {
	switch r.code {
	case aztables.EntityAlreadyExists, aztables.ResourceNotFound, aztables.EntityNotFound,
		aztables.UpdateConditionNotSatisfied, "ConditionNotMet":
		return true
	}
	return false
}

// parseReply reads the body of a 202 response to n operations. It is a multipart
// document with a status line for each operation, or with only one for the
// operation that failed ("Performing entity group transactions"). parseReply looks
// for status lines instead of parts, so that a truncated document counts as one
// with missing operations. No JSON text can contain such a line.
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
// where 3 is the index of the failed operation.
func parseFailure(status int, part []byte) reply {
	r := reply{status: status, index: -1}
	start := max(bytes.IndexByte(part, '{'), 0)
	failure := gjson.GetBytes(part[start:], `odata\.error`)
	r.code = aztables.TableErrorCode(safeCode(failure.Get("code").String()))
	number, _, found := strings.Cut(failure.Get("message.value").String(), ":")
	if index := leadingNumber(number); found && index >= 0 {
		r.index = index
	}
	if r.code == "" && !storage.Temporary(status, "") {
		return reply{} // truncated
	}
	return r
}

// leadingNumber parses decimal digits; it returns -1 for anything else.
func leadingNumber(s string) int {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return -1
	}
	return int(n)
}

// safeCode returns code if it looks like an error code, and "" otherwise, so that
// nothing else gets into error messages.
func safeCode(code string) string {
	for _, r := range code {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') {
			return ""
		}
	}
	return code[:min(len(code), 60)]
}
