package query

import (
	"fmt"
	"slices"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// A format is the file format of a page. A new one is a line in formats, its two
// functions, and a word about it in the text of the parameter format. The rest
// of this package and the OpenAPI description follow the table. labeltrail search
// needs a joiner for it.
type format struct {
	name, mediaType string
	sizes           pageSizes
	download        bool   // browsers save it to a file
	about           string // what a page is, for OpenAPI; "" if a schema describes it
	// writeEvent writes an event in a view.
	writeEvent func(*draft, view, *audit.Record) error
	// layout returns the text around the items of a page.
	layout func(view, pageEnd) (layout, error)
}

// A pageSizes limits the number of items on a page.
type pageSizes struct {
	max     int
	initial int // if the request gives none
}

// 5,000 is the maximum of one call of Search-UnifiedAuditLog, 50,000 that of
// one of its sessions.
var (
	smallPages = pageSizes{max: 5000, initial: 100}
	largePages = pageSizes{max: 50_000, initial: 5000}
)

var formats = []format{
	{name: "json", mediaType: "application/json; charset=utf-8", sizes: smallPages, writeEvent: writeJSON, layout: layoutJSON},
	{name: "ndjson", mediaType: "application/x-ndjson; charset=utf-8", sizes: largePages, download: true,
		about:      "One event per line, in the form of an item of value in JSON.",
		writeEvent: writeJSONLine, layout: layoutLines},
	{name: "csv", mediaType: "text/csv; charset=utf-8; header=present", sizes: largePages, download: true,
		about:      "RFC 4180 with a header row. Values that a spreadsheet would evaluate as formulas are made harmless.",
		writeEvent: writeCSV, layout: layoutCSV},
}

// jsonFormat is the default, and the format of every path except events.
var jsonFormat = formats[0]

func formatNames() []string {
	return mapped(formats, func(f format) string { return f.name })
}

func formatNamed(name string) format {
	return formats[slices.IndexFunc(formats, func(f format) bool { return f.name == name })]
}

// maxPage is the size of the largest page of any format.
func maxPage() int {
	return slices.Max(mapped(formats, func(f format) int { return f.sizes.max }))
}

// wantedSizes completes "... is not" for the size of a page of events.
func wantedSizes() string {
	s := fmt.Sprintf("a whole number from 1 to %d", jsonFormat.sizes.max)
	for _, g := range formatsBySizes() {
		if g.sizes != jsonFormat.sizes {
			s += fmt.Sprintf(", or to %d with %s", g.sizes.max, g.names)
		}
	}
	return s
}

// aboutSizes returns the sizes of a page of events in sentences.
func aboutSizes() string {
	s := ""
	for _, g := range formatsBySizes() {
		s += fmt.Sprintf(" %s: up to %d, default %d.", g.names, g.sizes.max, g.sizes.initial)
	}
	return s
}

// A sizeGroup holds the names of formats that have the same sizes, as text.
type sizeGroup struct {
	sizes pageSizes
	names string
}

func formatsBySizes() []sizeGroup {
	var groups []sizeGroup
	for _, f := range formats {
		i := slices.IndexFunc(groups, func(g sizeGroup) bool { return g.sizes == f.sizes })
		if i < 0 {
			groups = append(groups, sizeGroup{f.sizes, f.name})
			continue
		}
		groups[i].names += " and " + f.name
	}
	return groups
}

// A Format is a format of /api/v1/events.
type Format struct {
	Name       string
	MediaType  string
	MaxResults int // maximum number of events on a page
}

// EventFormats returns the formats of /api/v1/events.
func EventFormats() []Format {
	return mapped(formats, func(f format) Format { return Format{f.name, f.mediaType, f.sizes.max} })
}

// A view is how an event is shown.
type view string

const (
	normalizedView view = "normalized" // typed columns, and the record
	recordView     view = "record"     // the record as Microsoft sent it
	cmdletView     view = "cmdlet"     // the properties that Search-UnifiedAuditLog returns
)

var views = []string{string(normalizedView), string(recordView), string(cmdletView)}

// writeJSONLine writes the JSON of writeJSON on a line of its own.
func writeJSONLine(d *draft, v view, r *audit.Record) error {
	if err := writeJSON(d, v, r); err != nil {
		return err
	}
	joinLines(d.Bytes())
	d.WriteByte('\n')
	return nil
}

func writeJSON(d *draft, v view, r *audit.Record) error {
	switch v {
	case recordView:
		d.Write(validText(r))
		return nil
	case cmdletView:
		return writeCmdlet(d, r)
	}
	o := beginItem(&d.Buffer, r)
	o.end()
	return o.err
}

// joinLines replaces the line breaks and tabs of valid JSON with spaces. They
// can only be between tokens, because strings escape them.
func joinLines(json []byte) {
	for i, c := range json {
		if c < ' ' {
			json[i] = ' '
		}
	}
}
