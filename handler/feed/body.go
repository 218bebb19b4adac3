package feed

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

var (
	errTooLarge = errors.New("body is too large")
	errEmpty    = errors.New("empty body where the API documents an array")
)

// readBody returns the bytes of the body without transfer and content
// encoding. A body shorter than its Content-Length, or a truncated gzip stream,
// is an error. A body of more than limit bytes is errTooLarge. The limit applies
// after decompression, so that a small body cannot expand without bound.
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

// unpack decompresses twice. The first pass finds the size, so that a body over
// the limit takes no memory and any other body takes no more than its size.
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
		return n, fmt.Errorf("read body after %d bytes: %w", n, err)
	}
	return n, nil
}

func tooLarge(limit int64) error { return fmt.Errorf("%w: over %d bytes", errTooLarge, limit) }

func notGzip(err error) error { return fmt.Errorf("body is labeled gzip but is not: %w", err) }

// sizeHint returns the initial capacity of a body's buffer in bytes. A buffer
// that starts small and doubles would briefly hold the body twice. The hint
// trusts Content-Length only up to a limit.
func sizeHint(resp *http.Response) int64 {
	const most = 16 << 20
	if resp.ContentLength < 0 {
		return 0
	}
	return min(resp.ContentLength, most) + bytes.MinRead // room for the last read, which finds the end
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
	return nil, fmt.Errorf("body has the encoding %q, which was not requested", encoding)
}

// readErrorBody returns the readable part of an error's body. It ignores read
// errors, because the status alone says enough.
func readErrorBody(resp *http.Response) []byte {
	decoded, err := decode(resp)
	if err != nil {
		return nil
	}
	body, _ := io.ReadAll(io.LimitReader(decoded, maxErrorBody))
	return body
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// trim returns the body without byte order mark and surrounding white space.
func trim(body []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(body, byteOrderMark))
}

// isArray reports whether the body starts as a JSON array.
func isArray(body []byte) bool {
	body = trim(body)
	return len(body) > 0 && body[0] == '['
}

func isEmpty(body []byte) bool { return len(trim(body)) == 0 }

// unmarshalArray decodes a JSON array into items. Any other body is an error;
// without this check, null would decode as an empty array.
func unmarshalArray(body []byte, items any) error {
	if isEmpty(body) {
		return errEmpty
	}
	if !isArray(body) {
		return errors.New("body is not a JSON array")
	}
	return json.Unmarshal(bytes.TrimPrefix(body, byteOrderMark), items)
}
