package tables

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/tidwall/gjson"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// TimeFormat is how an Edm.DateTime is written: UTC, in steps of 100 ns.
const TimeFormat = "2006-01-02T15:04:05.0000000Z"

// Truncate returns t with the precision of a stored time.
func Truncate(t time.Time) time.Time { return t.UTC().Truncate(100 * time.Nanosecond) }

// An Entity is an entity to write. It is built as JSON, with the Edm type of each
// property where JSON alone does not imply it. A property that cannot be stored
// makes [Table.Submit] fail.
type Entity struct {
	partition, key string
	json           []byte // without the closing brace
	properties     int
	billed         int   // size in bytes as the service bills it
	err            error // all properties that cannot be stored
}

// NewEntity returns an entity with these keys and no properties.
func NewEntity(partition, key string) *Entity {
	e := &Entity{partition: partition, key: key, billed: 4 + 2*len(partition) + 2*len(key)}
	e.json = append(e.json, `{"PartitionKey":"`...)
	e.json = append(e.json, partition...)
	e.json = append(e.json, `","RowKey":"`...)
	e.json = append(e.json, key...)
	e.json = append(e.json, '"')
	return e
}

// JSON returns the entity as the service reads it.
func (e *Entity) JSON() []byte { return append(e.json[:len(e.json):len(e.json)], '}') }

// Size returns the size in bytes that counts against [MaxEntity]: the billed size,
// which the service limits, or the size of the JSON, which Azurite limits.
func (e *Entity) Size() int { return max(e.billed, len(e.json)) }

// Billed returns the size in bytes that the service bills.
func (e *Entity) Billed() int { return e.billed }

// Text adds a string property; nothing for "".
func (e *Entity) Text(name, value string) {
	if value == "" {
		return
	}
	n := Units(value)
	if n > MaxText {
		e.fail("%s has %d UTF-16 units, at most %d", name, n, MaxText)
	}
	quoted, err := json.Marshal(value)
	if err != nil {
		e.fail("%s: %w", name, err)
	}
	e.add(name, "", quoted, 2*n+4)
}

// Int32 adds a number.
func (e *Entity) Int32(name string, value int32) {
	e.add(name, "", strconv.AppendInt(nil, int64(value), 10), 4)
}

// Count adds a number that cannot be negative.
func (e *Entity) Count(name string, value int) {
	if value < 0 || value > 1<<31-1 {
		e.fail("%s is %d", name, value)
	}
	e.Int32(name, int32(value))
}

// Bool adds a boolean.
func (e *Entity) Bool(name string, value bool) {
	e.add(name, "", strconv.AppendBool(nil, value), 1)
}

// Time adds a time; nothing for the zero time. Edm.DateTime begins in 1601.
func (e *Entity) Time(name string, value time.Time) {
	if value.IsZero() {
		return
	}
	if y := value.UTC().Year(); y < 1601 || y > 9999 {
		e.fail("%s is in the year %d", name, y)
	}
	e.add(name, "Edm.DateTime", []byte(`"`+value.UTC().Format(TimeFormat)+`"`), 8)
}

// Binary adds bytes.
func (e *Entity) Binary(name string, value []byte) {
	if len(value) > MaxBinary {
		e.fail("%s has %d bytes, at most %d", name, len(value), MaxBinary)
	}
	quoted := make([]byte, 0, base64.StdEncoding.EncodedLen(len(value))+2)
	quoted = append(quoted, '"')
	quoted = base64.StdEncoding.AppendEncode(quoted, value)
	e.add(name, "Edm.Binary", append(quoted, '"'), len(value)+4)
}

func (e *Entity) add(name, edm string, value []byte, billed int) {
	if edm != "" {
		e.json = append(e.json, `,"`+name+`@odata.type":"`+edm+`"`...)
	}
	e.json = append(e.json, `,"`+name+`":`...)
	e.json = append(e.json, value...)
	e.properties++
	e.billed += 8 + 2*len(name) + billed
}

func (e *Entity) fail(format string, args ...any) {
	e.err = errors.Join(e.err, fmt.Errorf(format, args...))
}

// Properties are the properties of an entity that was read. A property that is
// absent reads as the zero value; so does a null, which the service returns for an
// absent property that a query selects by name.
type Properties struct{ json gjson.Result }

// ReadProperties parses an entity.
func ReadProperties(entity []byte) Properties { return Properties{gjson.ParseBytes(entity)} }

// Partition returns the PartitionKey.
func (p Properties) Partition() string { return p.Text("PartitionKey") }

// Key returns the RowKey.
func (p Properties) Key() string { return p.Text("RowKey") }

// ETag returns the entity's version. It is there in responses with all
// properties.
func (p Properties) ETag() azcore.ETag { return azcore.ETag(p.Text(`odata\.etag`)) }

// Text returns a string.
func (p Properties) Text(name string) string { return p.json.Get(name).String() }

// Bool returns a boolean.
func (p Properties) Bool(name string) bool { return p.json.Get(name).Bool() }

// Count returns a number.
func (p Properties) Count(name string) int { return int(p.json.Get(name).Int()) }

// Time returns a time. The service writes as many decimals as it needs.
func (p Properties) Time(name string) (time.Time, error) {
	text := p.Text(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is not a time: %w", name, storage.ErrCorrupt)
	}
	return t.UTC(), nil
}

// Binary returns bytes.
func (p Properties) Binary(name string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(p.Text(name))
	if err != nil {
		return nil, fmt.Errorf("%s is not base64: %w", name, storage.ErrCorrupt)
	}
	return b, nil
}

// All yields every property with its name, including those that the service adds
// and those that hold an Edm type.
func (p Properties) All() iter.Seq2[string, gjson.Result] {
	return func(yield func(string, gjson.Result) bool) {
		p.json.ForEach(func(name, value gjson.Result) bool { return yield(name.Str, value) })
	}
}
