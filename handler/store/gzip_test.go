package store

import (
	"bytes"
	"errors"
	"testing"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

func TestCompressDeterministic(t *testing.T) {
	body := bytes.Repeat([]byte(`{"Id":"a","Operation":"SensitivityLabelUpdated"},`), 400)
	first, err := newCompressor().compress(body)
	if err != nil {
		t.Fatal(err)
	}
	c := newCompressor()
	if _, err := c.compress([]byte("something else, before")); err != nil {
		t.Fatal(err)
	}
	second, err := c.compress(body)
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("the same body gives other bytes, %v", err)
	}
	if mtime, name := second[4:8], second[3]; !bytes.Equal(mtime, make([]byte, 4)) || name != 0 {
		t.Errorf("the header has time %v and flags %v", mtime, name)
	}
}

func TestDecompressLimit(t *testing.T) {
	c := newCompressor()
	bomb, err := c.compress(make([]byte, 1000))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decompress(bomb, 999); !errors.Is(err, storage.ErrCorrupt) {
		t.Errorf("over the limit: %v", err)
	}
	if body, err := decompress(bomb, 1000); len(body) != 1000 || err != nil {
		t.Errorf("at the limit: %d bytes, %v", len(body), err)
	}
}

func TestDecompressCorrupt(t *testing.T) {
	c := newCompressor()
	good, err := c.compress([]byte("[]"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"empty": nil, "not gzip": []byte("[]"), "cut short": good[:len(good)-1]} {
		if _, err := decompress(data, storage.MaxBody); !errors.Is(err, storage.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkGzip(b *testing.B) {
	c := newCompressor()
	var body []byte
	for i := range 500 {
		r := record(b, guid(i), "2026-12-30T10:00:00Z", "")
		body = append(append(body, ','), r.JSON...)
	}
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := c.compress(body); err != nil {
			b.Fatal(err)
		}
	}
}
