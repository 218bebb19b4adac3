package query

import (
	"slices"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/events"
)

// A format is the file format of a page.
type format struct {
	name, mediaType            string
	maxResults, defaultResults int
	download                   bool // browsers save it to a file
}

// 5,000 is the maximum of one call of Search-UnifiedAuditLog, 50,000 that of
// one of its sessions.
var formats = []format{
	{name: "json", mediaType: "application/json; charset=utf-8", maxResults: 5000, defaultResults: 100},
	{name: "ndjson", mediaType: "application/x-ndjson; charset=utf-8", maxResults: 50_000, defaultResults: 5000, download: true},
	{name: "csv", mediaType: "text/csv; charset=utf-8; header=present", maxResults: 50_000, defaultResults: 5000, download: true},
}

func formatNames() []string {
	return mapped(formats, func(f format) string { return f.name })
}

func formatNamed(name string) format {
	return formats[slices.IndexFunc(formats, func(f format) bool { return f.name == name })]
}

// A Format is a format of /api/v1/events.
type Format struct {
	Name       string
	MediaType  string
	MaxResults int // maximum number of events on a page
}

// EventFormats returns the formats of /api/v1/events.
func EventFormats() []Format {
	return mapped(formats, func(f format) Format { return Format{f.name, f.mediaType, f.maxResults} })
}

// A view is how an event is shown.
type view string

const (
	normalizedView view = "normalized" // typed columns, and the record
	recordView     view = "record"     // the record as Microsoft sent it
	cmdletView     view = "cmdlet"     // the properties that Search-UnifiedAuditLog returns
)

var views = []string{string(normalizedView), string(recordView), string(cmdletView)}

// writeEvent writes an event in the question's format and view.
func writeEvent(d *draft, q *question, e *events.Event) error {
	if q.format.name == "csv" {
		writeCSV(d, q.view, &e.Record)
		return nil
	}
	if err := writeJSON(d, q.view, &e.Record); err != nil {
		return err
	}
	if q.format.name == "ndjson" {
		joinLines(d.Bytes())
		d.WriteByte('\n')
	}
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
