package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// What keeps a record from being taken. None of them quotes the record.
var (
	errNotObject         = errors.New("not a JSON object")
	errNoRecordType      = errors.New("no RecordType")
	errUnknownRecordType = errors.New("RecordType is neither a number nor a known name")
)

// ParseRecord reads one record, such as the JSON of a stored row. It copies
// what it keeps. The error, which never quotes the record, says that it is not
// one JSON object, or has no usable RecordType or CreationTime: without those
// two there is no place to file it. Anything else may be missing or odd.
//
// JSON is taken strictly, with at most 10,000 levels, but bytes in strings need
// not be UTF-8.
func ParseRecord(data []byte) (Record, error) {
	var d decoder
	return d.record(data)
}

// decoder reads records one after the other. It holds the members of the one
// it is reading, in memory that the next one uses again.
type decoder struct {
	objects [len(groups)]object // those of the record itself come first
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

// syntaxError says where data stops being JSON, counting bytes from 1.
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

// fill reads the record whose members are listed.
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

// attribute is the value at the first of its paths that has a usable one.
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

// readRecordType reads a valid JSON value; nil is none.
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
