package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// A response is complete before any of it is written.
type response struct {
	status int
	header map[string]string // in addition to those that every response has
	body   body
}

// A body is what a response sends. Its size is known in advance.
type body interface {
	size() int64
	send(io.Writer) error
}

// text is a body held in memory.
type text []byte

func (t text) size() int64 { return int64(len(t)) }

func (t text) send(w io.Writer) error {
	_, err := w.Write(t)
	return err
}

// write sends the response. An error while sending cannot be reported any
// more; the caller notices it because Content-Length was sent first.
func (resp response) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", jsonFormat.mediaType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.FormatInt(resp.body.size(), 10))
	for name, value := range resp.header {
		h.Set(name, value)
	}
	w.WriteHeader(resp.status)
	if r.Method != http.MethodHead {
		_ = resp.body.send(w)
	}
}

func (resp *response) addHeader(header map[string]string) {
	if resp.header == nil {
		resp.header = map[string]string{}
	}
	maps.Copy(resp.header, header)
}

// jsonResponse encodes v on one line.
func jsonResponse(status int, v any) (response, error) {
	var body bytes.Buffer
	if err := encode(&body, v); err != nil {
		return response{}, fmt.Errorf("encode the response: %w", err)
	}
	return response{status: status, body: text(body.Bytes())}, nil
}

// encode appends v to out as JSON. It leaves <, > and & unescaped: responses
// are not embedded in HTML, and people read them too.
func encode(out *bytes.Buffer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	out.Truncate(out.Len() - 1) // the encoder's newline
	return nil
}

// Headers that report the cost of a response. Every response has them.
const (
	RowsHeader         = "Labeltrail-Rows-Read"        // table rows read, matching or not, index entries included
	RequestsHeader     = "Labeltrail-Storage-Requests" // requests to storage, retries included
	MillisecondsHeader = "Labeltrail-Milliseconds"     // time until the response began to be sent
)

// CompleteHeader is a header of lists. It holds the time that JSON calls
// completeThrough, and is absent while that is not known.
const CompleteHeader = "Labeltrail-Complete-Through"

func costHeader(c *store.Cost, elapsed time.Duration) map[string]string {
	return map[string]string{
		RowsHeader:         strconv.FormatInt(c.Rows(), 10),
		RequestsHeader:     strconv.FormatInt(c.Requests(), 10),
		MillisecondsHeader: strconv.FormatInt(elapsed.Milliseconds(), 10),
	}
}
