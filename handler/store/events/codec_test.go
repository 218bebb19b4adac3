package events

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"testing"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// Every stored row needs the dictionary that it was written with, byte for byte.
func TestDictionaryUnchanged(t *testing.T) {
	sum := sha256.Sum256(dictionary1)
	if got, want := hex.EncodeToString(sum[:]), "bdccd9c358b9ebf2f72363205d3803ea9d0af2d48f9d020309559f77cf76dfad"; got != want {
		t.Errorf("dictionary1.txt has the SHA-256 %s, want %s: add a second dictionary and keep this one", got, want)
	}
}

// The bytes were written by the first version of this package.
func TestDecodeVersion1(t *testing.T) {
	data, err := base64.StdEncoding.DecodeString("AdTZ0UpDMQwG4CfKSNs0Sb1yXgvuYi+QNq036gQn+PhykDEmO/PgvLGUvEDg68/fWQVi2Aa8wekeMMhJKScXQEQEmoZOA49HloPxnQKliixMkH" +
		"ruQCMHKCYKSGwyktZc6kUurLfsOhrUWqd9VYTKKJC9dAsDWUZcWK99MXKKR+C0CrmsiGcj9drtJH/fvftj3x+cOf6ouN223ct+97Zb9Q97fn36" +
		"HTpsAUdqEYw1AlE1sBIC5OitGVMX9QswcdTIVBxKjwaEnECzCqTYzayYs/ZFjdKVoeQHI+YMqIg1SRKQTBEoaACrgpDde2yRubVxvRPndvWv1b" +
		"hfb7YPG5C/0OPs23nIF58BAAD//w==")
	if err != nil {
		t.Fatal(err)
	}
	got, err := newCodec().decode(data)
	if want := string(record(t, guid(7), "2026-11-21T10:00:00Z", "").JSON); string(got) != want || err != nil {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func TestEncodeSize(t *testing.T) {
	c := newCodec()
	for _, extra := range []string{"", `,"JustificationText":"no longer confidential"`} {
		r := record(t, guid(7), "2026-11-21T10:00:00Z", extra)
		if n := len(c.encode(r.JSON)); n > len(r.JSON)/3 {
			t.Errorf("%d bytes become %d", len(r.JSON), n)
		}
	}
}

func TestDecodeCorrupt(t *testing.T) {
	c := newCodec()
	good := c.encode([]byte(`{"Id":"a"}`))
	for name, data := range map[string][]byte{
		"empty":            nil,
		"unknown version":  append([]byte{9}, good[1:]...),
		"truncated":        good[:len(good)-2],
		"not deflate":      {version1, 0xff, 0xff, 0xff},
		"only the version": {version1},
	} {
		if _, err := c.decode(data); !errors.Is(err, storage.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := c.decode(good); string(got) != `{"Id":"a"}` || err != nil {
		t.Errorf("%s, %v after errors", got, err)
	}
}

func FuzzCodec(f *testing.F) {
	f.Add([]byte(`{"Id":"a","Operation":"SensitivityLabelUpdated"}`))
	f.Add([]byte{})
	f.Add(dictionary1)
	c := newCodec()
	f.Fuzz(func(t *testing.T, data []byte) {
		if got, err := c.decode(c.encode(data)); !bytes.Equal(got, data) || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		c.decode(data) // must not panic
	})
}
