package query

import "slices"

// A format is how a page is written.
type format struct {
	name, mediaType string
	most, usual     int  // resultSize: at most, and if not given
	download        bool // is saved as a file by whoever opens its address in a browser
}

// Formats. 5,000 is what one call of Search-UnifiedAuditLog gives at most, and
// 50,000 what one of its sessions does.
var formats = []format{
	{name: "json", mediaType: "application/json; charset=utf-8", most: 5000, usual: 100},
	{name: "ndjson", mediaType: "application/x-ndjson; charset=utf-8", most: 50_000, usual: 5000, download: true},
	{name: "csv", mediaType: "text/csv; charset=utf-8; header=present", most: 50_000, usual: 5000, download: true},
}

func formatNames() []string {
	var all []string
	for _, f := range formats {
		all = append(all, f.name)
	}
	return all
}

func formatNamed(name string) format {
	return formats[slices.IndexFunc(formats, func(f format) bool { return f.name == name })]
}

// A view is how an event is shown.
type view string

const (
	normalized view = "normalized" // the columns under their names, and the record
	asSent     view = "record"     // the record as Microsoft sent it
	cmdlet     view = "cmdlet"     // the properties that Search-UnifiedAuditLog gives
)

var views = []string{string(normalized), string(asSent), string(cmdlet)}
