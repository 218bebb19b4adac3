package records

import (
	"encoding/json"
	"iter"
	"testing"
	"time"
)

// base is the end of the history in all tests: a Friday noon.
var base = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const tenantID = "7c2f61d4-83d0-4f0e-9a55-1f6f0a4d2b90"

// small is a stream that a test can read whole.
func small() Config {
	return Config{TenantID: tenantID, Seed: 7, Base: base, Events: 1500, Contents: 60, NoiseShare: 0.5, Types: []string{General}}
}

// events returns a configuration with label events alone.
func events(seed uint64, n, contents int) Config {
	return Config{TenantID: tenantID, Seed: seed, Base: base, Events: n, Contents: contents, Types: []string{General}}
}

// newStreamFor returns the only stream of a configuration.
func newStreamFor(t testing.TB, c Config) *Stream {
	t.Helper()
	streams, err := NewStreams(c)
	if err != nil {
		t.Fatal(err)
	}
	return streams[0]
}

// blobs yields the numbers of the content blobs of the history.
func (s *Stream) blobs() iter.Seq[int] {
	return func(yield func(int) bool) {
		for k := 0; !s.Created(k).After(base); k++ {
			if !yield(k) {
				return
			}
		}
	}
}

// history yields the label events of the history, each once.
func (s *Stream) history() iter.Seq2[Ref, Record] {
	return func(yield func(Ref, Record) bool) {
		for k := range s.blobs() {
			for _, ref := range s.Events(k) {
				if !yield(ref, s.Record(ref)) {
					return
				}
			}
		}
	}
}

// isLabelType has the record types of label events.
var isLabelType = map[int]bool{
	typeMail: true, typeAutoSite: true, typeAutoPolicy: true, typeAutoMail: true, typePolicyMatch: true, typeNativeAction: true,
	typeNativeFile: true, typeDiscover: true, typeLabel: true, typeProtection: true, typeFileDeleted: true, typeHeartBeat: true,
}

// element is the part of a record that tests of bodies read.
type element struct {
	Id           string
	RecordType   int
	CreationTime string
	Operation    string
	Workload     string
}

// elements splits a body.
func elements(t *testing.T, body []byte) []json.RawMessage {
	t.Helper()
	var raw []json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		t.Fatalf("body is not an array: %v", err)
	}
	return raw
}

func decode(t *testing.T, raw []byte) element {
	t.Helper()
	var e element
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	return e
}
