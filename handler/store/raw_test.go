package store

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/events"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

func TestPutRaw(t *testing.T) {
	for name, body := range map[string][]byte{
		"array":        []byte(`[{"Id":"a"}, {"Id":"b"}]` + "\r\n"),
		"empty":        {},
		"not JSON":     {0, 1, 2, 0xff, 0xfe},
		"gzip already": {0x1f, 0x8b, 8, 0},
		"megabyte":     bytes.Repeat([]byte(`{"Id":"0123456789"},`), 50_000),
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			c := content("492638008028$20261121$x", "2026-11-21T10:00:00.1234567Z")
			putRaw(t, s, c, body, 2)
			got, err := s.Raw(t.Context(), c)
			if err != nil || !bytes.Equal(got, body) {
				t.Errorf("%d bytes, %v, want %d", len(got), err, len(body))
			}
		})
	}
}

// The properties of a raw blob, which people see who download it.
func TestRawBlobProperties(t *testing.T) {
	s, _ := open(t)
	c := content("a b/ü$1", "2026-11-21T10:00:00Z")
	putRaw(t, s, c, []byte("[]"), 7)
	b := s.blobs.ServiceClient().NewContainerClient(rawContainer).NewBlobClient(s.RawName(c))
	p, err := b.GetProperties(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if *p.ContentType != "application/gzip" || p.ContentEncoding != nil && *p.ContentEncoding != "" || len(p.ContentMD5) != 16 {
		t.Errorf("Content-Type %s, Content-Encoding %v, MD5 of %d bytes", *p.ContentType, p.ContentEncoding, len(p.ContentMD5))
	}
	got := map[string]string{}
	for name, value := range p.Metadata {
		got[strings.ToLower(name)] = *value
	}
	want := map[string]string{
		"contentid": "a%20b%2F%C3%BC$1", "contentcreated": "2026-11-21T10:00:00.0000000Z",
		"contentexpiration": "2026-11-28T10:00:00.0000000Z", "records": "7",
		"sha256": "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
}

func TestPutRawExists(t *testing.T) {
	s, _ := open(t)
	c := content("a", "2026-11-21T10:00:00Z")
	putRaw(t, s, c, []byte("[1]"), 1)
	for _, body := range []string{"[1]", "[2]"} {
		if err := s.PutRaw(t.Context(), c, []byte(body), 1); !errors.Is(err, storage.ErrExists) {
			t.Errorf("%s: %v", body, err)
		}
	}
	if got, err := s.Raw(t.Context(), c); string(got) != "[1]" || err != nil {
		t.Errorf("%s, %v", got, err)
	}
}

// If the container has a WORM policy, Azure may check that first.
func TestPutRawImmutable(t *testing.T) {
	s, f := open(t)
	c := content("a", "2026-11-21T10:00:00Z")
	putRaw(t, s, c, []byte("[1]"), 1)
	f.Fail("/raw/", 0, 1, fixture.Respond(409, "BlobImmutableDueToPolicy", ""))
	if err := s.PutRaw(t.Context(), c, []byte("[1]"), 1); !errors.Is(err, storage.ErrExists) {
		t.Error(err)
	}
}

func TestRawNotFound(t *testing.T) {
	s, _ := open(t)
	c := content("a", "2026-11-21T10:00:00Z")
	if _, err := s.Raw(t.Context(), c); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("without a container: %v", err)
	}
	putRaw(t, s, content("b", "2026-11-21T10:00:00Z"), nil, 0)
	if _, err := s.Raw(t.Context(), c); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("without the blob: %v", err)
	}
}

// A lost response may make the caller see ErrExists, but the whole body is stored.
func TestPutRawFaults(t *testing.T) {
	for name, does := range map[string]func(*http.Request) (*http.Response, error){
		"not applied": fixture.NotApplied, "applied": fixture.AppliedThenBroken, "busy": fixture.Respond(503, "ServerBusy", ""),
	} {
		t.Run(name, func(t *testing.T) {
			s, f := open(t)
			c := content("a", "2026-11-21T10:00:00Z")
			f.Fail("/raw/", 1, 1, does) // the first upload finds no container
			f.Fail("GET", 0, 1, does)
			if err := s.PutRaw(t.Context(), c, []byte("[1]"), 1); err != nil && !errors.Is(err, storage.ErrExists) {
				t.Fatal(err)
			}
			if got, err := s.Raw(t.Context(), c); string(got) != "[1]" || err != nil || f.Left() > 0 {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}

func TestRawDownloadResumes(t *testing.T) {
	s, f := open(t)
	c := content("a", "2026-11-21T10:00:00Z")
	body := []byte(strings.Repeat("0123456789", 1000))
	putRaw(t, s, c, body, 0)
	f.Fail("GET", 0, 1, func(req *http.Request) (*http.Response, error) {
		resp, err := fixture.Send(req)
		if err == nil {
			resp.Body = io.NopCloser(io.MultiReader(io.LimitReader(resp.Body, 20), failing{}))
		}
		return resp, err
	})
	if got, err := s.Raw(t.Context(), c); !bytes.Equal(got, body) || err != nil {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestRawCorrupt(t *testing.T) {
	other, err := newCompressor().compress([]byte("[2]"))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func([]byte) []byte{
		"flipped bit":  func(b []byte) []byte { b = slices.Clone(b); b[len(b)/2] ^= 1; return b },
		"another body": func([]byte) []byte { return other },
		"not gzip":     func([]byte) []byte { return []byte("[1]") },
	} {
		t.Run(name, func(t *testing.T) {
			s, f := open(t)
			c := content("a", "2026-11-21T10:00:00Z")
			putRaw(t, s, c, []byte("[1]"), 1)
			f.Fail("GET", 0, 100, rewriteWithLength(change)) // however often it is read
			if _, err := s.Raw(t.Context(), c); !errors.Is(err, storage.ErrCorrupt) {
				t.Errorf("%v", err)
			}
		})
	}
}

// rewriteWithLength is fixture.Rewrite, with the length of the new body.
func rewriteWithLength(change func([]byte) []byte) func(*http.Request) (*http.Response, error) {
	does := fixture.Rewrite(change)
	return func(req *http.Request) (*http.Response, error) {
		resp, err := does(req)
		if err == nil {
			resp.Header.Del("Content-Length")
			resp.Header.Del("Content-MD5")
		}
		return resp, err
	}
}

func TestPutRawDamagedInTransit(t *testing.T) {
	s, f := openPlain(t)
	c := content("a", "2026-11-21T10:00:00Z")
	f.Fail("/raw/", 1, 1, func(req *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		body[len(body)-1] ^= 1
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
		return fixture.Send(req)
	})
	if err := s.PutRaw(t.Context(), c, []byte("[1]"), 1); err == nil || storage.Unavailable(err) {
		t.Errorf("%v", err)
	}
	if _, err := s.Raw(t.Context(), c); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the damaged body: %v", err)
	}
}

func TestRawContents(t *testing.T) {
	s, _ := open(t)
	if got := fixture.Collect(t, s.RawContents(t.Context())); len(got) > 0 {
		t.Errorf("empty store: %v", got)
	}
	want := []audit.Content{
		content("one$1", "2026-11-20T23:59:59.9Z"), content("two/2 ü", "2026-11-21T00:00:00Z"),
		{ID: "three", Type: "DLP.All", Created: at("2026-11-19T00:00:00Z")},
	}
	for _, c := range fixture.Shuffled(3, want) {
		putRaw(t, s, c, []byte("[]"), 0)
	}
	if diff := cmp.Diff(want, fixture.Collect(t, s.RawContents(t.Context()))); diff != "" {
		t.Error(diff)
	}
}

func TestPutRawInvalid(t *testing.T) {
	s, f := open(t)
	if err := s.PutRaw(t.Context(), audit.Content{ID: "a", Type: "../../x", Created: at("2026-11-21T10:00:00Z")}, nil, 0); err == nil {
		t.Error("accepted")
	}
	if _, err := s.Raw(t.Context(), audit.Content{}); err == nil || errors.Is(err, storage.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if f.Count("") > 0 {
		t.Error("a request was sent")
	}
}

func TestRawName(t *testing.T) {
	s := &Store{tenant: tenant}
	c := audit.Content{ID: "492638008028$20261121105959$x", Type: "Audit.General", Created: at("2026-11-21T10:59:59Z")}
	if got, want := s.RawName(c), tenant+"/Audit.General/2026/11/21/31a74e780067ea651e7544d496bc3d97.json.gz"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	zone := time.FixedZone("UTC+14", 14*3600)
	utc := at("2026-11-30T23:30:00Z") // already December in that zone
	here, there := s.RawName(audit.Content{ID: "a", Created: utc}), s.RawName(audit.Content{ID: "a", Created: utc.In(zone)})
	if here != there {
		t.Errorf("%s in UTC, %s elsewhere", here, there)
	}
}

// A row that has no room for its record is read from the raw blob.
func TestEventReadFromRawBlob(t *testing.T) {
	s, _ := open(t)
	c := content("one", "2026-11-21T10:00:00Z")
	noise := make([]byte, 750_000)
	rand.NewChaCha8([32]byte{}).Read(noise)
	r := record(t, guid(1), "2026-11-21T09:00:00Z", `,"More":"`+hex.EncodeToString(noise)+`"`)
	putRaw(t, s, c, slices.Concat([]byte("["), r.JSON, []byte("]")), 1)
	write(t, s, events.Event{Record: r, Content: c})
	got := fixture.Collect(t, s.Events.List(t.Context(), events.Query{}))
	if len(got) != 1 || !bytes.Equal(got[0].Record.JSON, r.JSON) {
		t.Errorf("%d events, or another record", len(got))
	}
}
