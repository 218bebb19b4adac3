package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Reasons to reject a record. None quotes the record.
var (
	errNotObject         = errors.New("not a JSON object")
	errNoRecordType      = errors.New("no RecordType")
	errUnknownRecordType = errors.New("RecordType is neither a number nor a known name")
)

// ParseRecord reads one record, such as the JSON of a stored row. It copies
// what it keeps. It fails if data is not one JSON object, or if the RecordType
// or the CreationTime is missing or invalid: the event would have no key. All
// other members are optional. The error never quotes the record.
//
// The JSON must be valid, with at most 10,000 levels. Strings may hold invalid
// UTF-8.
func ParseRecord(data []byte) (Record, error) {
	var d decoder
	return d.record(data)
}

// decoder reads records one after another. It holds the members of the current
// record and reuses that memory for the next one.
type decoder struct {
	objects [len(groups)]object // the record's own members come first
}

func (d *decoder) record(data []byte) (Record, error) {
	data = trimSpace(data)
	if len(data) == 0 || data[0] != '{' {
		return Record{}, errNotObject
	}
	if !json.Valid(data) {
		return Record{}, syntaxError(data)
	}
	r := Record{JSON: bytes.Clone(data)}
	d.list(r.JSON)
	if err := d.fill(&r); err != nil {
		return Record{}, err
	}
	return r, nil
}

// syntaxError returns an error with the position of the first invalid byte,
// counted from 1.
func syntaxError(data []byte) error {
	var ignored json.RawMessage
	err := json.Unmarshal(data, &ignored)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not valid JSON at byte %d", syntax.Offset)
	}
	return errors.New("not valid JSON")
}

// list lists the members of a record and of its groups.
func (d *decoder) list(record []byte) {
	d.objects[0] = appendMembers(d.objects[0][:0], record)
	for i := 1; i < len(groups); i++ {
		d.objects[i] = appendMembers(d.objects[i][:0], d.objects[0].get(groups[i]))
	}
}

// fill sets the fields and attributes of r from the listed members.
func (d *decoder) fill(r *Record) error {
	top := d.objects[0]
	var err error
	if r.RecordType, err = readRecordType(top.get("RecordType")); err != nil {
		return err
	}
	if r.CreationTime, err = readTime(top.get("CreationTime")); err != nil {
		return err
	}
	if id := top.get("Id"); id != nil {
		v, _ := readTrimmed(id)
		r.ID = v.text
	}
	r.values = new([attributeCount]value)
	for i := range attributes {
		r.values[i] = d.attribute(&attributes[i])
	}
	return nil
}

// attribute returns the value at the first path of a that holds a usable one.
func (d *decoder) attribute(a *attribute) value {
	for _, p := range a.paths {
		raw := d.objects[p.group].get(p.key)
		if raw == nil {
			continue
		}
		if v, ok := a.read(raw); ok {
			return v
		}
	}
	return value{}
}

// readRecordType reads a valid JSON value. Nil stands for a missing one.
func readRecordType(raw []byte) (RecordType, error) {
	if raw == nil {
		return 0, errNoRecordType
	}
	v, ok := readInt(raw, func(s string) (int32, bool) {
		t, ok := RecordTypeByName(s)
		return int32(t), ok
	})
	if !ok {
		return 0, errUnknownRecordType
	}
	return RecordType(v.number), nil
}
