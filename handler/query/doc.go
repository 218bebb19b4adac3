// Package query is the HTTP function that answers questions about the trail:
// GET /api/v1/... It reads the store and nothing else; the Management
// Activity API is never asked.
//
// A request goes through these steps, one file each:
//
//	handler.go    the path finds its answer; the only place that writes a response
//	route.go      the one table of the paths
//	parameters.go the one table of the parameters that paths take; parameter.go has its columns
//	readquery.go  the query string, held against the table
//	take.go       what each parameter's values do to the question; date.go, number.go, criterion.go
//	question.go   what is asked, with every default filled in
//	suggest.go    which names there are, for those who wrote one that is none
//	freetext.go   a text anywhere in a record
//	cursor.go     where an earlier page of the same question ended
//	scan.go       the events that may be an answer, newest first
//	page.go       those that are one, until the page is full or its budget spent
//	budget.go     what a page may cost; cost.go says in headers what it did
//	spool.go      a page while it is being read, compressed; sheet.go lays it out as a body
//	format.go     the formats and the views
//	item.go       an event as JSON, normalized; cmdlet.go as Search-UnifiedAuditLog gives it
//	csv.go        an event as a line of CSV; neutral.go makes formulas harmless
//	link.go       the address of the next page
//	fault.go      errors, and the one place that turns them into answers
//	openapi.go    the description of all this, made from the tables; openapischemas.go has the forms of answers
//	describe.go   what those who put questions may know of the tables
//
// # Paging
//
// A page ends at a place among all events, not at a number of them, and the
// next one begins behind that place. So pages joined are the whole, without
// gap or repeat, whatever their size; an event that arrives in between is in
// them if it belongs behind the place, and never shifts another one. A place
// is all that a cursor holds beside the question it belongs to: no request
// leaves anything behind on the server.
package query
