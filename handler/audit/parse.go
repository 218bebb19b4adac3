package audit

// Parsed is what a content's body came to. Every element of its array is a
// record, a reject, or was skipped because its type was not wanted; the number
// of those is Total less the other two.
type Parsed struct {
	Total   int // elements of the array
	Records []Item
	Rejects []Reject
}

// Item is a record and its place in the array, counted from 0.
type Item struct {
	Index  int
	Record Record
}

// Reject is an element that could not be read, by its place in the array,
// counted from 0. It remains in the content's own bytes.
type Reject struct {
	Index  int
	Reason string // why, in words that never quote the element
}

// Parse reads a content's body: the records of the types wanted, in the order
// of the array. An element that cannot be read is a reject and costs itself
// alone. Elements whose type is not wanted are skipped undecoded, so nothing
// but their RecordType need be in order.
//
// The error wraps ErrNotArray, and Parsed is then empty. Nothing in Parsed
// refers to content's memory.
func Parse(content []byte, want Filter) (Parsed, error) {
	var p Parsed
	var d decoder
	if err := split(content, func(e element) { p.add(&d, e, want) }); err != nil {
		return Parsed{}, err
	}
	return p, nil
}

func (p *Parsed) add(d *decoder, e element, want Filter) {
	index := p.Total
	p.Total++
	if t, err := readRecordType(e.recordType); err == nil && !want.Wants(t) {
		return
	}
	r, err := d.record(e.json)
	if err != nil {
		p.Rejects = append(p.Rejects, Reject{index, err.Error()})
		return
	}
	if want.Wants(r.RecordType) {
		p.Records = append(p.Records, Item{index, r})
	}
}
