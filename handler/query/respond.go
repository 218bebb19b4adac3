package query

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
)

// A response is an answer, whole: it is written only when nothing can go
// wrong with it any more.
type response struct {
	status int
	header map[string]string // beside those that every response has
	body   []byte
}

// write sends the response. Nobody is left to tell if that fails.
func (a response) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	for name, value := range a.header {
		h.Set(name, value)
	}
	w.WriteHeader(a.status)
	w.Write(a.body)
}

// jsonResponse is v as JSON, on one line.
func jsonResponse(status int, v any) (response, error) {
	var body bytes.Buffer
	if err := encode(&body, v); err != nil {
		return response{}, fmt.Errorf("encode the answer: %w", err)
	}
	return response{status: status, body: body.Bytes()}, nil
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
