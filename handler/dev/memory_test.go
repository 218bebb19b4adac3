package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// Ten thousand content blobs take ten minutes. The comparison at the end takes most
// of them, because the emulator searches a whole partition for a row:
//
//	go test ./handler/dev -run TestBacklogMemory -v -timeout 60m -args -pending 10000
var pendingContents = flag.Int("pending", 800, "content blobs of a week that are pending at the same time")

// maxMemory is the memory that the handler may use, in bytes, for a backlog of any
// length.
const maxMemory = 128e6

func (f *fixture) checkMemory(t *testing.T) {
	t.Helper()
	peak := float64(f.host.PeakRSS())
	t.Logf("the handler's memory peaked at %.0f MB", peak/1e6)
	if peak == 0 || peak > maxMemory {
		t.Errorf("the handler's memory peaked at %.0f MB, want at most %.0f", peak/1e6, maxMemory/1e6)
	}
}

// A pull lists the whole week before it reads any of it, so all content blobs are
// pending at once. The handler's memory must not depend on their number.
func TestBacklogMemory(t *testing.T) {
	t.Parallel()
	n := *pendingContents
	f := newFixture(t, tenant.Config{Events: 2 * n, Contents: n, NoiseShare: 0.9, PageSize: 500, RequestsPerMinute: -1})
	f.start(t, map[string]string{"REQUESTS_PER_MINUTE": "60000"})
	f.pullAll(t)
	t.Logf("%d content blobs, %d records", n, 20*n)
	f.checkMemory(t)
	f.check(t)
}

// bombs is the number of content blobs that are small until they are decompressed.
const bombs = 6

// The handler rejects a content blob of over 256 MiB without holding its bytes, even
// if several arrive at once. The ledger and the log name it.
func TestDecompressionBombs(t *testing.T) {
	t.Parallel()
	f := newFixture(t, tenant.Config{Contents: 20})
	bomb, bombed := gzipOfSpaces(t, 300<<20), map[string]bool{}
	f.api.Plan(func(_ int, request *http.Request) ingesttest.Fault {
		if !isFetch(request) || len(bombed) == bombs {
			return nil
		}
		bombed[request.URL.Path[strings.LastIndex(request.URL.Path, "/")+1:]] = true
		return respond(http.StatusOK, "Content-Encoding: gzip", bomb)
	})
	f.start(t, nil)
	f.pull(t)
	for _, c := range f.tenant.Contents(f.base) {
		entry, err := f.store.Ledger.Get(t.Context(), auditContent(c))
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]ledger.State{true: ledger.Unreadable, false: ledger.Done}[bombed[c.ID]]; entry.State != want {
			t.Errorf("content blob %s is %s, want %s: %s", c.ID, entry.State, want, entry.Error)
		}
		if bombed[c.ID] && !strings.Contains(entry.Error, "too large: over 268435456 bytes") {
			t.Errorf("content blob %s: %q", c.ID, entry.Error)
		}
	}
	for id := range bombed {
		if !slices.ContainsFunc(f.log.all(), func(line string) bool {
			return strings.Contains(line, `"content unreadable"`) && strings.Contains(line, `"`+id+`"`)
		}) {
			t.Errorf("the log does not name content blob %s\n%s", id, f.log.tail())
		}
	}
	f.checkMemory(t)
}

func gzipOfSpaces(t *testing.T, size int64) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.CopyN(w, spaces{}, size); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
