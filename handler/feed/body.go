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
	if resp.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	if !isGzip(resp) {
		plain, err := decode(resp)
		if err != nil {
			return nil, err
		}
		return readAll(plain, sizeHint(resp), limit)
	}
	packed, err := readAll(resp.Body, sizeHint(resp), limit)
	if err != nil {
		return nil, err
	}
	return unpack(packed, limit)
}

// unpack decompresses twice, at first for the size alone: a body that is too
// large then takes no memory, and any other no more than it needs.
func unpack(packed []byte, limit int64) ([]byte, error) {
	size, err := inflate(io.Discard, packed, limit)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.Grow(int(size) + bytes.MinRead)
	_, err = inflate(&b, packed, limit)
	return b.Bytes(), err
}

func inflate(to io.Writer, packed []byte, limit int64) (int64, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return 0, notGzip(err)
	}
	return copyAll(to, r, limit)
}

func readAll(r io.Reader, hint, limit int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(hint))
	_, err := copyAll(&b, r, limit)
	return b.Bytes(), err
}

func copyAll(to io.Writer, r io.Reader, limit int64) (int64, error) {
	n, err := io.Copy(to, io.LimitReader(r, limit+1))
	if n > limit {
		return n, tooLarge(limit)
	}
	if err != nil {
		return n, fmt.Errorf("body broke off after %d bytes: %w", n, err)
	}
	return n, nil
}

func tooLarge(limit int64) error { return fmt.Errorf("%w: over %d bytes", errTooLarge, limit) }

func notGzip(err error) error { return fmt.Errorf("body is not the gzip it says: %w", err) }

// sizeHint is the room that a body is given at first, lest a buffer that
// doubles again and again holds twice of it. It believes Content-Length only
// so far.
func sizeHint(resp *http.Response) int64 {
	const most = 16 << 20
	if resp.ContentLength < 0 {
		return 0
	}
	return min(resp.ContentLength, most) + bytes.MinRead // or the last read grows it once more
}

func isGzip(resp *http.Response) bool {
	encoding := strings.ToLower(resp.Header.Get("Content-Encoding"))
	return encoding == "gzip" || encoding == "x-gzip"
}

func decode(resp *http.Response) (io.Reader, error) {
	encoding := strings.ToLower(resp.Header.Get("Content-Encoding"))
	switch {
	case encoding == "" || encoding == "identity":
		return resp.Body, nil
	case isGzip(resp):
		r, err := gzip.NewReader(resp.Body)
		if err != nil {
			return nil, notGzip(err)
		}
		return r, nil
	}
	return nil, fmt.Errorf("body is encoded as %q, which was not asked for", encoding)
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
