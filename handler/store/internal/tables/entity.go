package tables

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// dateTime is how Edm.DateTime is written: UTC, in steps of 100 ns.
const TimeFormat = "2006-01-02T15:04:05.0000000Z"

// stored is t as it comes back from a row.
func Truncate(t time.Time) time.Time { return t.UTC().Truncate(100 * time.Nanosecond) }

// A row is a table row that is being written: JSON with the type of every
// property said where JSON doesn't say it, and its size as the service bills
// it. The first property that can't be stored is remembered in err.
type Entity struct {
	Partition, Key string
	json           []byte // without the closing brace
	properties     int
	Billed         int
	err            error
}

func NewEntity(partition, key string) *Entity {
	r := &Entity{Partition: partition, Key: key, Billed: 4 + 2*len(partition) + 2*len(key)}
	r.json = append(r.json, `{"PartitionKey":"`...)
	r.json = append(r.json, partition...)
	r.json = append(r.json, `","RowKey":"`...)
	r.json = append(r.json, key...)
	r.json = append(r.json, '"')
	return r
}

// bytes is the row as JSON.
func (r *Entity) JSON() []byte { return append(r.json[:len(r.json):len(r.json)], '}') }

// size is what counts against the size of a row. The service counts it as it
// bills it, the emulator by the JSON.
func (r *Entity) Size() int { return max(r.Billed, len(r.json)) }

// text adds a property, or nothing for "".
func (r *Entity) Text(name, value string) {
	if value == "" {
		return
	}
	n := Units(value)
	if n > MaxText {
		r.fault("%s has %d UTF-16 units, at most %d", name, n, MaxText)
	}
	quoted, err := json.Marshal(value)
	if err != nil {
		r.fault("%s: %w", name, err)
	}
	r.add(name, "", quoted, 2*n+4)
}

func (r *Entity) Int32(name string, value int32) {
	r.add(name, "", strconv.AppendInt(nil, int64(value), 10), 4)
}

// count adds a number that can't be negative.
func (r *Entity) Count(name string, value int) {
	if value < 0 || value > 1<<31-1 {
		r.fault("%s is %d", name, value)
	}
	r.Int32(name, int32(value))
}

func (r *Entity) Bool(name string, value bool) {
	r.add(name, "", strconv.AppendBool(nil, value), 1)
}

// moment adds a time, or nothing for the zero time. Edm.DateTime begins in 1601.
func (r *Entity) Time(name string, value time.Time) {
	if value.IsZero() {
		return
	}
	if y := value.UTC().Year(); y < 1601 || y > 9999 {
		r.fault("%s is in the year %d", name, y)
	}
	r.add(name, "Edm.DateTime", []byte(`"`+value.UTC().Format(TimeFormat)+`"`), 8)
}

func (r *Entity) Binary(name string, value []byte) {
	if len(value) > MaxBinary {
		r.fault("%s has %d bytes, at most %d", name, len(value), MaxBinary)
	}
	quoted := make([]byte, 0, base64.StdEncoding.EncodedLen(len(value))+2)
	quoted = append(quoted, '"')
	quoted = base64.StdEncoding.AppendEncode(quoted, value)
	r.add(name, "Edm.Binary", append(quoted, '"'), len(value)+4)
}

func (r *Entity) add(name, edm string, value []byte, billed int) {
	if edm != "" {
		r.json = append(r.json, `,"`+name+`@odata.type":"`+edm+`"`...)
	}
	r.json = append(r.json, `,"`+name+`":`...)
	r.json = append(r.json, value...)
	r.properties++
	r.Billed += 8 + 2*len(name) + billed
}

func (r *Entity) fault(format string, args ...any) {
	r.err = errors.Join(r.err, fmt.Errorf(format, args...))
}
