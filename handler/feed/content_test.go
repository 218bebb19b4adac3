package feed_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/feed"
)

func gzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// encoded responds with a body in an encoding.
func encoded(encoding string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", encoding)
		w.Write(body)
	}
}

// chunked responds without a Content-Length.
func chunked(body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		w.Write(body)
	}
}

// Content returns any bytes exactly as sent, in any encoding, unless they are an
// error of the API.
func TestContentKeepsBytes(t *testing.T) {
	for name, body := range map[string]string{
		"array":                    `[{"Id":"a","Size":1.50,"Id":"b"}]`,
		"byte order mark, spaces":  "\ufeff \r\n[ ]\r\n",
		"invalid UTF-8":            "[\"\xff\xfe\"]",
		"empty array":              "[]",
		"record without an array":  `{"Id":"a","CreationTime":"2026-11-21T10:00:00","Message":"AF50000"}`,
		"another object":           `{"value":[]}`,
		"truncated array":          `[{"Id":"a"`,
		"null":                     "null",
		"records that name errors": `[{"Operation":"too many requests AF429","error":{"code":"AF50000"}}]`,
	} {
		t.Run(name, func(t *testing.T) {
			for encoding, respond := range map[string]http.HandlerFunc{
				"plain":    reply(200, body),
				"identity": encoded("identity", []byte(body)),
				"gzip":     encoded("GZip", gzipped(t, []byte(body))),
				"chunked":  chunked([]byte(body)),
			} {
				got, err := newServer(t, respond).client(feed.Config{}).Content(t.Context(), "id")
				if err != nil || string(got) != body {
					t.Errorf("%s: got %q, %v; want %q", encoding, got, err, body)
				}
			}
		})
	}
}

// An id is one segment of the path, whatever characters it has.
func TestContentEscapesID(t *testing.T) {
	for id, path := range map[string]string{
		"20171014180051748005825$20171014180051748005825$audit_general$Audit_General$emea0036": "20171014180051748005825$20171014180051748005825$audit_general$Audit_General$emea0036",
		"a/b?c#d":      "a%2Fb%3Fc%23d",
		"../../start":  "..%2F..%2Fstart",
		"%2e%2e%2f":    "%252e%252e%252f",
		"a b+c&d=e":    "a%20b+c&d=e",
		"x\r\nHost: y": "x%0D%0AHost:%20y",
		"Ä$":           "%C3%84$",
	} {
		s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
			segment := strings.TrimPrefix(r.URL.EscapedPath(), feedPath+"audit/")
			if plain, err := url.PathUnescape(segment); err != nil || plain != id {
				t.Errorf("id %q arrived as %q", id, segment)
			}
			io.WriteString(w, "[]")
		})
		if _, err := s.client(feed.Config{}).Content(t.Context(), id); err != nil {
			t.Errorf("id %q: %v", id, err)
		}
		if want := "GET " + feedPath + "audit/" + path + "?PublisherIdentifier=" + publisher; len(s.sent()) != 1 || s.sent()[0] != want {
			t.Errorf("id %q: sent %q, want %q", id, s.sent(), want)
		}
	}
}

// An id that cannot exist is gone, without a request.
func TestContentInvalidID(t *testing.T) {
	s := newServer(t, reply(200, "[]"))
	c := s.client(feed.Config{})
	for _, id := range []string{"", ".", ".."} {
		_, err := c.Content(t.Context(), id)
		want(t, err, feed.Gone, "")
	}
	if len(s.sent()) > 0 || c.Requests() != 0 {
		t.Errorf("sent %q", s.sent())
	}
}

// cut responds with a body that is shorter than its header says.
func cut(header, value string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(header, value)
		w.Write(body)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// An incomplete body is retried and never returned.
func TestContentTruncated(t *testing.T) {
	whole := []byte(`[{"Id":"a"},{"Id":"b"}]`)
	packed := gzipped(t, whole)
	for name, broken := range map[string]http.HandlerFunc{
		"below Content-Length":   cut("Content-Length", "100", whole),
		"no end of chunks":       cut("X-Nothing", "", whole),
		"gzip truncated":         encoded("gzip", packed[:len(packed)-9]),
		"gzip without a trailer": encoded("gzip", packed[:len(packed)-1]),
		"gzip, wrong checksum":   encoded("gzip", append(packed[:len(packed)-8:len(packed)-8], make([]byte, 8)...)),
		"gzip, trailing data":    encoded("gzip", append(packed[:len(packed):len(packed)], "more"...)),
		"not gzip":               encoded("gzip", whole),
		"gzip, no body":          encoded("gzip", nil),
		"gzip of an empty body":  encoded("gzip", gzipped(t, nil)),
		"unrequested encoding":   encoded("br", whole),
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, broken)
			_, err := s.client(feed.Config{}).Content(t.Context(), "id")
			want(t, err, feed.Transient, "")
			if n := len(s.sent()); n != 3 {
				t.Errorf("%d requests, want 3", n)
			}
			s = newServer(t, sequence(broken, broken, encoded("gzip", packed)))
			if got, err := s.client(feed.Config{}).Content(t.Context(), "id"); err != nil || !bytes.Equal(got, whole) {
				t.Errorf("third attempt: %q, %v", got, err)
			}
		})
	}
}

// The limit applies to the size after decompression.
func TestContentTooLarge(t *testing.T) {
	const limit = 1 << 16
	large, fits := bytes.Repeat([]byte(" "), limit+1), bytes.Repeat([]byte("x"), limit)
	for name, respond := range map[string]http.HandlerFunc{
		"plain":   reply(200, string(large)),
		"chunked": chunked(large),
		"gzip":    encoded("gzip", gzipped(t, bytes.Repeat(large, 64))),
	} {
		s := newServer(t, respond)
		got, err := s.client(feed.Config{MaxBody: limit}).Content(t.Context(), "id")
		want(t, err, feed.TooLarge, "")
		if got != nil || len(s.sent()) != 1 {
			t.Errorf("%s: %d bytes, %d requests; want none and 1", name, len(got), len(s.sent()))
		}
	}
	s := newServer(t, encoded("gzip", gzipped(t, fits)))
	if got, err := s.client(feed.Config{MaxBody: limit}).Content(t.Context(), "id"); err != nil || len(got) != limit {
		t.Errorf("body at the limit: %d bytes, %v", len(got), err)
	}
}

// An error's body is decompressed, and read only in part if it is large.
func TestErrorBodyEncoding(t *testing.T) {
	body := `{"error":{"code":"AF20051","message":"expired"}}`
	packed := gzipped(t, []byte(body+strings.Repeat(" ", 1<<20)))
	for name, respond := range map[string]http.HandlerFunc{
		"gzip": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(400)
			w.Write(packed)
		},
		"large": reply(400, "AF20051"+strings.Repeat(" ", 1<<20)),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newServer(t, respond).client(feed.Config{}).Content(t.Context(), "id")
			want(t, err, feed.Gone, "AF20051")
		})
	}
}
