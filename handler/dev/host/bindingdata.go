package host

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// bindingData is Metadata in the making. Names are the same in any case, and
// keep the case they came in first.
type bindingData []bindingItem

type bindingItem struct {
	name  string
	value any
}

func (d *bindingData) set(name string, value any) {
	if i := d.find(name); i >= 0 {
		(*d)[i].value = value
		return
	}
	*d = append(*d, bindingItem{name, value})
}

func (d *bindingData) setDefault(name string, value any) {
	if d.find(name) < 0 {
		d.set(name, value)
	}
}

func (d *bindingData) find(name string) int {
	for i, item := range *d {
		if strings.EqualFold(item.name, name) {
			return i
		}
	}
	return -1
}

// addBody adds the members of a JSON object but for lists and nulls; scalars
// become text.
func (d *bindingData) addBody(body []byte) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return // not JSON, or no object: there is nothing to bind
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	_, _ = decoder.Token() // the opening brace of what is valid JSON
	for decoder.More() {
		name, _ := decoder.Token()
		var value json.RawMessage
		_ = decoder.Decode(&value)
		if member := bodyMember(value); member != nil {
			d.set(name.(string), member)
		}
	}
}

// bodyMember is the text of a scalar as .NET writes it, or an object.
func bodyMember(value json.RawMessage) any {
	switch value[0] {
	case '[', 'n':
		return nil
	case '{':
		return value
	case 't':
		return "True"
	case 'f':
		return "False"
	case '"':
		var text string
		_ = json.Unmarshal(value, &text) // is a valid string
		return text
	}
	if _, err := strconv.ParseInt(string(value), 10, 64); err == nil {
		return string(value)
	}
	number, _ := strconv.ParseFloat(string(value), 64)
	return strconv.FormatFloat(number, 'G', -1, 64)
}

// encoded leaves out names that end in "trigger": Data has the trigger.
func (d *bindingData) encoded() map[string]any {
	m := map[string]any{}
	for _, item := range *d {
		if !strings.HasSuffix(strings.ToLower(item.name), "trigger") {
			m[item.name] = encodeValue(item.value)
		}
	}
	return m
}
