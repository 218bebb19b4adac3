package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Equal reports whether a and b are equal as JSON values. White space and the
// order of keys do not matter, and the last of a repeated key counts. Numbers
// compare by exact value and strings by their decoded text. Invalid JSON equals
// only the same bytes.
func Equal(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	ca, err := Canonical(a)
	if err != nil {
		return false
	}
	cb, err := Canonical(b)
	return err == nil && bytes.Equal(ca, cb)
}

// Canonical returns the one form that all equal JSON values share: no white
// space; unique keys, sorted by their bytes; strings in UTF-8 with only the
// quote, the backslash and control characters (\u00xx) escaped; numbers as a
// whole coefficient without trailing zeros, and an exponent: 15e-1.
//
// The form is part of the keys of records without an Id, so it must never
// change. Canonical therefore does not use encoding/json's encoder, whose output
// may change.
//
// It is not RFC 8785 (JCS): that form rounds numbers to float64. Two records
// that differ only in a large number would then compare as equal, and one of
// them would be dropped as a duplicate.
func Canonical(data []byte) ([]byte, error) {
	if !json.Valid(data) {
		return nil, fmt.Errorf("canonical form: %w", syntaxError(data))
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("canonical form: %w", err)
	}
	return appendValue(make([]byte, 0, len(data)), v), nil
}

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		return appendObject(b, v)
	case []any:
		return appendArray(b, v)
	case string:
		return appendString(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case json.Number:
		return append(b, canonicalNumber(v.String())...)
	}
	return append(b, "null"...)
}

func appendObject(b []byte, o map[string]any) []byte {
	b = append(b, '{')
	for i, key := range slices.Sorted(maps.Keys(o)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, key), ':')
		b = appendValue(b, o[key])
	}
	return append(b, '}')
}

func appendArray(b []byte, a []any) []byte {
	b = append(b, '[')
	for i, v := range a {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendValue(b, v)
	}
	return append(b, ']')
}

func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// canonicalNumber returns the canonical form of a JSON number, exact for any size.
func canonicalNumber(literal string) string {
	number, exponent, _ := strings.Cut(strings.ToLower(literal), "e")
	number, negative := strings.CutPrefix(number, "-")
	whole, fraction, _ := strings.Cut(number, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return "0"
	}
	coefficient := strings.TrimRight(digits, "0")
	shift := len(digits) - len(coefficient) - len(fraction)
	if negative {
		coefficient = "-" + coefficient
	}
	return coefficient + exponentPart(exponent, shift)
}

// exponentPart returns "e" and exponent+shift, or "" if that sum is 0. The
// exponent may have any number of digits, or be empty.
func exponentPart(exponent string, shift int) string {
	e, ok := new(big.Int).SetString(exponent, 10)
	if !ok {
		e = new(big.Int)
	}
	e.Add(e, big.NewInt(int64(shift)))
	if e.Sign() == 0 {
		return ""
	}
	return "e" + e.String()
}
