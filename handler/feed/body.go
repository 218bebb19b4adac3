package feed

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

var (
	errTooLarge = errors.New("body is too large")
	errEmpty    = errors.New("empty body where the API answers an array")
)

// readBody returns the body's bytes as they were sent, after transfer and
// content encoding are taken off, and exactly all of them: less than
// Content-Length says, or a compressed stream that breaks off, is an error.
// More than limit bytes are errTooLarge, counted after decompression, so that
// a small body cannot grow without bound.
func readBody(resp *http.Response, limit int64) ([]byte, error) {
	decoded, err := decode(resp)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(int(sizeHint(resp)))
	n, err := io.Copy(&b, io.LimitReader(decoded, limit+1))
	if n > limit {
		return nil, fmt.Errorf("%w: over %d bytes", errTooLarge, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("body broke off after %d bytes: %w", n, err)
	}
	return b.Bytes(), nil
}

// sizeHint is the room that a body is given at first, lest a buffer that
// doubles again and again holds twice of it. It believes Content-Length only
// so far.
func sizeHint(resp *http.Response) int64 {
	const most = 16 << 20
	if resp.Header.Get("Content-Encoding") != "" || resp.ContentLength < 0 {
		return 0
	}
	return min(resp.ContentLength, most) + bytes.MinRead // or the last read grows it once more
}

func decode(resp *http.Response) (io.Reader, error) {
	switch encoding := strings.ToLower(resp.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
		return resp.Body, nil
	case "gzip", "x-gzip":
		r, err := gzip.NewReader(resp.Body)
		if err != nil {
			return nil, fmt.Errorf("body is not the gzip it says: %w", err)
		}
		return r, nil
	default:
		return nil, fmt.Errorf("body is encoded as %q, which was not asked for", encoding)
	}
}

// readError returns what can be had of an error's body. That it breaks off, or
// does not decode, does not matter: the status speaks too.
func readError(resp *http.Response) []byte {
	decoded, err := decode(resp)
	if err != nil {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(decoded, maxErrorBody))
	return body
}

// isArray reports whether the body starts as a JSON array.
func isArray(body []byte) bool {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, byteOrderMark))
	return len(body) > 0 && body[0] == '['
}

func isEmpty(body []byte) bool {
	return len(bytes.TrimSpace(bytes.TrimPrefix(body, byteOrderMark))) == 0
}
