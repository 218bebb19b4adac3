// Package query serves the HTTP API that answers questions about the trail:
// GET /api/v1/...
//
// It reads the store and nothing else. It never calls the Management Activity
// API.
//
// # Lists
//
// A request for a list (events, content) goes through four steps. The query
// string is checked against the table of parameters and becomes a question.
// The store is scanned, newest items first. The items that match are kept,
// compressed, until the page is full or has used up its budget. Only then is
// the page sent, so that an error while reading never produces a truncated
// page that looks complete.
//
// # Paging
//
// A page ends at a position among all items, not after a number of them, and
// the next page continues after that position. Joined together, the pages are
// the complete result, without gaps or repeats, whatever their size. An item
// that arrives between two pages is included if it sorts after the position,
// and never shifts another item. The cursor carries the position and a hash of
// the question. The server keeps no state between requests.
package query
