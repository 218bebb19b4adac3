package audit

import "bytes"

// object is the members of a JSON object in their order. Its keys are compared
// without regard to case, as they are not always written alike, and where a key
// is doubled the last one counts.
type object []member

type member struct{ key, value []byte }

// appendMembers adds the members of raw, valid JSON; what is no object has none.
func appendMembers(o object, raw []byte) object {
	if len(raw) == 0 || raw[0] != '{' {
		return o
	}
	for key, value := range members(raw) {
		if bytes.IndexByte(key, '\\') >= 0 {
			key = []byte(unquote([]byte(`"` + string(key) + `"`)))
		}
		o = append(o, member{key, value})
	}
	return o
}

// get is the value of a key as sent, nil if it is missing or null.
func (o object) get(key string) []byte {
	for i := len(o) - 1; i >= 0; i-- {
		if foldEqual(o[i].key, key) {
			return notNull(o[i].value)
		}
	}
	return nil
}

// notNull is the value, or nil if it is null.
func notNull(raw []byte) []byte {
	if string(raw) == "null" {
		return nil
	}
	return raw
}

// foldEqual reports whether the two are equal but for the case of letters; name
// is ASCII. It tries first what is quick and nearly always decides.
func foldEqual(key []byte, name string) bool {
	return len(key) == len(name) && (string(key) == name || bytes.EqualFold(key, []byte(name)))
}
