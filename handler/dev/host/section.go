package host

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// section is an object of host.json, read as .NET configuration reads it:
// names in any case, and values that a setting may have put there as text.
type section map[string]any

// value is nil where any part of the path is absent.
func (c section) value(path ...string) any {
	var v any = map[string]any(c)
	for _, name := range path {
		object, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = object[fold(object, name)]
	}
	return v
}

// fold is the key of object that equals name in any case, or name.
func fold(object map[string]any, name string) string {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if strings.EqualFold(key, name) {
			return key
		}
	}
	return name
}

const overridePrefix = "AzureFunctionsJobHost__"

// override applies settings such as AzureFunctionsJobHost__functionTimeout.
func (c section) override(s settings) {
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if len(name) > len(overridePrefix) && strings.EqualFold(name[:len(overridePrefix)], overridePrefix) {
			c.set(strings.Split(name[len(overridePrefix):], "__"), s[name])
		}
	}
}

func (c section) set(path []string, value string) {
	object := map[string]any(c)
	for _, name := range path[:len(path)-1] {
		key := fold(object, name)
		next, ok := object[key].(map[string]any)
		if !ok {
			next = map[string]any{}
			object[key] = next
		}
		object = next
	}
	object[fold(object, path[len(path)-1])] = value
}

// reader takes typed values out of a section and gathers what is wrong.
type reader struct {
	tree section
	errs []error
}

func (r *reader) fail(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(format, args...))
}

func (r *reader) text(absent string, path ...string) string {
	switch v := r.tree.value(path...).(type) {
	case nil:
		return absent
	case string:
		return v
	default:
		r.fail("%s is not text", strings.Join(path, "."))
		return absent
	}
}

func (r *reader) boolean(path ...string) bool {
	v := r.tree.value(path...)
	if v == nil {
		return false
	}
	b, err := strconv.ParseBool(strings.ToLower(fmt.Sprint(v)))
	if err != nil {
		r.fail("%s is neither true nor false", strings.Join(path, "."))
	}
	return b
}

func (r *reader) integer(path ...string) int {
	v := r.tree.value(path...)
	if v == nil {
		return 0
	}
	n, err := strconv.Atoi(fmt.Sprint(v))
	if err != nil {
		r.fail("%s is not a whole number", strings.Join(path, "."))
	}
	return n
}

func (r *reader) span(absent time.Duration, path ...string) time.Duration {
	text := r.text("", path...)
	if text == "" {
		return absent
	}
	span, err := parseTimeSpan(text)
	if err != nil {
		r.fail("%s: %w", strings.Join(path, "."), err)
	}
	return span
}

// list reads an array of text; a setting gives it as JSON.
func (r *reader) list(path ...string) []string {
	v := r.tree.value(path...)
	if v == nil {
		return nil
	}
	text, ok := v.(string)
	if !ok {
		whole, _ := json.Marshal(v) // came from JSON
		text = string(whole)
	}
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		r.fail("%s is not a list of texts", strings.Join(path, "."))
	}
	return list
}
