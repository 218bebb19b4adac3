package tables

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/tidwall/gjson"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// fields are the properties of a row that was read. A property that is absent,
// or null because a query asked for it by name, reads as the zero value.
type Properties struct{ json gjson.Result }

func ReadProperties(entity []byte) Properties { return Properties{gjson.ParseBytes(entity)} }

func (f Properties) Text(name string) string { return f.json.Get(name).String() }

func (f Properties) Bool(name string) bool { return f.json.Get(name).Bool() }

func (f Properties) Count(name string) int { return int(f.json.Get(name).Int()) }

// moment reads a time. The service writes as many digits as are needed.
func (f Properties) Time(name string) (time.Time, error) {
	text := f.Text(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is no time: %w", name, storage.ErrCorrupt)
	}
	return t.UTC(), nil
}

func (f Properties) Binary(name string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(f.Text(name))
	if err != nil {
		return nil, fmt.Errorf("%s is no base64: %w", name, storage.ErrCorrupt)
	}
	return b, nil
}

// ForEach calls do with every property, until it returns false. Those that the
// service adds and those that say a type are among them.
func (f Properties) ForEach(do func(name string, value gjson.Result) bool) {
	f.json.ForEach(func(name, value gjson.Result) bool { return do(name.Str, value) })
}

func (f Properties) Partition() string { return f.Text("PartitionKey") }

func (f Properties) Key() string { return f.Text("RowKey") }
