package store

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/tidwall/gjson"
)

// fields are the properties of a row that was read. A property that is absent,
// or null because a query asked for it by name, reads as the zero value.
type fields struct{ json gjson.Result }

func readFields(entity []byte) fields { return fields{gjson.ParseBytes(entity)} }

func (f fields) text(name string) string { return f.json.Get(name).String() }

func (f fields) boolean(name string) bool { return f.json.Get(name).Bool() }

func (f fields) count(name string) int { return int(f.json.Get(name).Int()) }

// moment reads a time. The service writes as many digits as are needed.
func (f fields) moment(name string) (time.Time, error) {
	text := f.text(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is no time: %w", name, ErrCorrupt)
	}
	return t.UTC(), nil
}

func (f fields) binary(name string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(f.text(name))
	if err != nil {
		return nil, fmt.Errorf("%s is no base64: %w", name, ErrCorrupt)
	}
	return b, nil
}

func (f fields) partition() string { return f.text("PartitionKey") }

func (f fields) key() string { return f.text("RowKey") }
