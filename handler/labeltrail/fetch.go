package main

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

// A fetched page is whole: it came to the end that was announced for it.
type fetched struct {
	header http.Header
	body   *os.File // at its beginning
	size   int64
}

var errSilent = errors.New("nothing came in for too long")

// fetch tries once to get a page of this content type, whole, into the file
// body, in place of what is in it. came is told how many bytes there are so
// far.
func (d *deployment) fetch(ctx context.Context, u *url.URL, contentType string, body *os.File, came func(int64)) (*fetched, error) {
	limited, give := context.WithCancelCause(ctx)
	defer give(nil)
	patience := time.AfterFunc(d.silence, func() { give(errSilent) })
	defer patience.Stop()
	heard := func(n int64) {
		patience.Reset(d.silence)
		came(n)
	}
	page, err := d.exchange(limited, u, contentType, body, heard)
	if err != nil && errors.Is(context.Cause(limited), errSilent) {
		return nil, errSilent // the error says only that the request was given up
	}
	return page, err
}

func (d *deployment) exchange(ctx context.Context, u *url.URL, contentType string, body *os.File, came func(int64)) (*fetched, error) {
	resp, err := d.ask(ctx, u)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return receive(resp, contentType, body, came)
}

// receive reads an answer into body.
func receive(resp *http.Response, contentType string, body *os.File, came func(int64)) (*fetched, error) {
	if resp.StatusCode != http.StatusOK {
		return nil, refused(resp)
	}
	if got := resp.Header.Get("Content-Type"); !sameMedia(got, contentType) {
		return nil, &permanent{fmt.Errorf("the answer is %q where %q was asked for: is LABELTRAIL_URL a labeltrail's?", got, contentType)}
	}
	if resp.Header.Get(query.RowsHeader) == "" {
		return nil, &permanent{errors.New("the answer lacks headers of this API: something on the way takes them away, " +
			"and whether the answer goes on cannot be known")}
	}
	if !announced(resp) {
		return nil, &permanent{errors.New("the answer does not say where it ends: whether it is whole cannot be known")}
	}
	if err := rewind(body); err != nil {
		return nil, &permanent{err}
	}
	size, err := io.Copy(&counted{Writer: body, came: came}, resp.Body)
	if err != nil {
		return nil, err
	}
	_, err = body.Seek(0, io.SeekStart)
	return &fetched{resp.Header, body, size}, err
}

// sameMedia compares media types but for their parameters.
func sameMedia(a, b string) bool {
	x, _, errX := mime.ParseMediaType(a)
	y, _, errY := mime.ParseMediaType(b)
	return errX == nil && errY == nil && x == y
}

// announced reports whether an answer that is cut short will show: by its
// length, by chunks of which one is the last, by HTTP/2's frames or by the
// checksum of its compression.
func announced(resp *http.Response) bool {
	return resp.ContentLength >= 0 || len(resp.TransferEncoding) > 0 || resp.ProtoMajor > 1 || resp.Uncompressed
}

func rewind(f *os.File) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return f.Truncate(0)
}

// counted says how much has been written. What cannot be written has nothing
// to do with the deployment.
type counted struct {
	io.Writer
	n    int64
	came func(int64)
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n += int64(n)
	c.came(c.n)
	if err != nil {
		return n, &permanent{err}
	}
	return n, nil
}
