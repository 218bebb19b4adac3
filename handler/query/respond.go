package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
)

// A response is an answer, whole: it is written only when nothing can go
// wrong with it any more.
type response struct {
	status int
	header map[string]string // beside those that every response has
	body   body
}

// A body is what a response sends, of a size that is known.
type body interface {
	size() int64
	send(io.Writer) error
}

// text is a body that is all in memory.
type text []byte

func (t text) size() int64 { return int64(len(t)) }

func (t text) send(w io.Writer) error {
	_, err := w.Write(t)
	return err
}

// write sends the response. Nobody is left to tell if that fails: the size has
// been said, so that the caller sees that something is missing.
func (a response) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", formats[0].mediaType)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.FormatInt(a.body.size(), 10))
	for name, value := range a.header {
		h.Set(name, value)
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_ = a.body.send(w)
	}
}

// with adds headers to the response.
func (a *response) with(header map[string]string) {
	if a.header == nil {
		a.header = map[string]string{}
	}
	maps.Copy(a.header, header)
}

// jsonResponse is v as JSON, on one line.
func jsonResponse(status int, v any) (response, error) {
	var body bytes.Buffer
	if err := encode(&body, v); err != nil {
		return response{}, fmt.Errorf("encode the answer: %w", err)
	}
	return response{status: status, body: text(body.Bytes())}, nil
}

// encode appends v to out as JSON, leaving <, > and & as they are: the
// answers are not part of a page, and are read by people, too.
func encode(out *bytes.Buffer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	out.Truncate(out.Len() - 1) // the encoder's newline
	return nil
}
