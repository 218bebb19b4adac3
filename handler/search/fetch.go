package search

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/labeltrail/labeltrail/handler/query"
)

// A download says what to receive, and into which file.
type download struct {
	contentType string
	file        *os.File    // its contents are replaced
	received    func(int64) // is called with the number of bytes so far
}

// A page is one response of the API, received whole.
type page struct {
	header http.Header
	body   *os.File // positioned at its beginning
	size   int64
}

var errStalled = errors.New("no data received for too long")

// fetch makes one attempt to receive a page whole.
func (d *deployment) fetch(ctx context.Context, u *url.URL, to download) (*page, error) {
	limited, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := time.AfterFunc(d.idleTimeout, func() { cancel(errStalled) })
	defer idle.Stop()
	p, err := d.exchange(limited, u, to.contentType, &progressFile{file: to.file, received: func(n int64) {
		idle.Reset(d.idleTimeout)
		to.received(n)
	}})
	if err != nil && errors.Is(context.Cause(limited), errStalled) {
		return nil, errStalled // err only says that the request was canceled
	}
	return p, err
}

func (d *deployment) exchange(ctx context.Context, u *url.URL, contentType string, body *progressFile) (*page, error) {
	resp, err := d.get(ctx, u)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return receive(resp, contentType, body)
}

// receive reads a response into body.
func receive(resp *http.Response, contentType string, body *progressFile) (*page, error) {
	if resp.StatusCode != http.StatusOK {
		return nil, readRejection(resp)
	}
	if got := resp.Header.Get("Content-Type"); !sameMediaType(got, contentType) {
		return nil, &permanent{fmt.Errorf("the answer is %q instead of %q: is LABELTRAIL_URL a labeltrail deployment?", got, contentType)}
	}
	if resp.Header.Get(query.RowsHeader) == "" {
		return nil, &permanent{errors.New("the answer lacks headers of this API: something on the way removes them, " +
			"so it is unknown whether there is a next page")}
	}
	if !hasEnd(resp) {
		return nil, &permanent{errors.New("the answer does not say where it ends: it is unknown whether it is complete")}
	}
	if err := body.empty(); err != nil {
		return nil, &permanent{err}
	}
	size, err := io.Copy(body, resp.Body)
	if err != nil {
		return nil, err
	}
	_, err = body.file.Seek(0, io.SeekStart)
	return &page{resp.Header, body.file, size}, err
}

// sameMediaType compares media types without their parameters.
func sameMediaType(a, b string) bool {
	x, _, errX := mime.ParseMediaType(a)
	y, _, errY := mime.ParseMediaType(b)
	return errX == nil && errY == nil && x == y
}

// hasEnd reports whether reading a truncated response will fail: its end is
// known from its length, a last chunk, HTTP/2 frames or a gzip checksum.
func hasEnd(resp *http.Response) bool {
	return resp.ContentLength >= 0 || len(resp.TransferEncoding) > 0 || resp.ProtoMajor > 1 || resp.Uncompressed
}

// A progressFile reports how many bytes have been written to it. A write error
// is permanent: it is the disk's, not the deployment's. The file is a field,
// not embedded, so that io.Copy cannot bypass Write.
type progressFile struct {
	file     *os.File
	n        int64
	received func(int64)
}

func (f *progressFile) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	f.n += int64(n)
	f.received(f.n)
	if err != nil {
		return n, &permanent{err}
	}
	return n, nil
}

func (f *progressFile) empty() error {
	if _, err := f.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return f.file.Truncate(0)
}
