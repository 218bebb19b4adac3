package query

import "fmt"

// A parameter is one of those that a path takes. The table of them is the
// only place that knows a parameter's name, how often it may be given, what
// its values are and what they do; the description of this API is made from it.
type parameter struct {
	name    string
	about   string // what it does, in sentences for the description of this API
	wants   string // what a value has to be, to end the sentence "... is not"
	given   occurrence
	value   schema
	selects bool // decides which events there are, not how they are shown: a cursor holds for one selection only
	// take puts one value into the question, and returns it as the address
	// of the next page carries it; false if it is not what is wanted.
	take func(q *question, value string) (canonical string, ok bool)
}

// An occurrence says how often a parameter may be given. Several values match
// any of them.
type occurrence int

const (
	once     occurrence = iota
	inLists             // repeated, or several in one value with commas between; space around each is dropped
	repeated            // repeated; commas and space belong to the value
)

// A schema says what one value may be, in the words of JSON Schema. Zero
// fields say nothing.
type schema struct {
	kind      string // "string" or "integer"
	pattern   string
	enum      []string // every value there is; or, with numbers, every one that has a name
	numbers   bool     // whole numbers are values, too, whether or not they have a name
	minimum   int
	maximum   int
	maxLength int    // in characters
	fallback  string // what is meant if the parameter is not given
	examples  []string
}

// maxValues is how many values a parameter may have. Each may cost storage a
// request for every month that is asked about.
const maxValues = 100

// invalid is the fault of a value that is not what the parameter wants.
func (p parameter) invalid(value string) *fault {
	return p.fault("%q is not %s%s", clip(value), p.wants, p.alternatives(value))
}

// alternatives say which names there are, or which of many are nearest.
func (p parameter) alternatives(value string) string {
	if p.value.enum == nil {
		return ""
	}
	return "; " + suggest(value, p.value.enum)
}

func (p parameter) fault(format string, args ...any) *fault {
	return badRequest("InvalidParameter", p.name, "%s: %s", p.name, fmt.Sprintf(format, args...))
}
