package query

// A Parameter is what the table of parameters says of one of them, to those
// who put questions.
type Parameter struct {
	Name    string
	About   string   // sentences
	Many    bool     // any of several values matches
	Lists   bool     // several may be one value, with commas between
	Names   []string // every value there is, or every one that has a name
	Default string   // what is meant if it is not given; "" if that depends
}

// EventParameters are the parameters of /api/v1/events, in the table's order.
func EventParameters() []Parameter {
	var list []Parameter
	for _, p := range eventParameters {
		list = append(list, Parameter{
			Name: p.name, About: p.about, Many: p.given != once, Lists: p.given == inLists,
			Names: p.value.enum, Default: p.value.fallback,
		})
	}
	return list
}

// A Format is one that events come in.
type Format struct {
	Name        string
	MediaType   string
	MostResults int // events on a page, at most
}

// EventFormats are the formats that events come in.
func EventFormats() []Format {
	var list []Format
	for _, f := range formats {
		list = append(list, Format{f.name, f.mediaType, f.most})
	}
	return list
}

// Headers of answers: what an answer cost, and for lists the time that JSON
// calls completeThrough.
const (
	RowsHeader         = rowsHeader
	RequestsHeader     = requestsHeader
	MillisecondsHeader = millisecondsHeader
	CompleteHeader     = completeHeader
)
