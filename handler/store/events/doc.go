// Package events stores audit records as rows, and an index that finds them.
//
// # Keys
//
// The rows and index entries of one month of CreationTime (UTC) are in two tables:
//
//	events{yyyymm}    {inverted hour} / {inverted second}_{event}           one row per event
//	index{yyyymm}     b{nn} / {letter}_{hash}_{inverted second}_{event}     one entry, all key, per event and term
//
// A row's key is a function of the event alone, so the same event from any content
// blob, import or replay is the same row. Inverted times make key order newest
// first.
//
// A term is something an event can be found by: its id, user, object, file name,
// labels, device, address, record type, operation and LabelEventType. The entries
// of one term in one month are its posting list. It is one range of keys, newest
// first, in the partition that the hash of the term's value selects. The key of an
// entry holds the key of the event's row.
//
// # How events are found
//
// [Events.List] chooses between three strategies:
//
//   - Scan reads ranges of rows in key order. The service filters by record type
//     and numbers, as far as a filter has room. It is used without terms.
//   - Lookup reads the posting lists of the terms, and then the rows they name. It
//     reads a chunk of rows at a time: rows that lie close together as one range,
//     the others one by one. It is used if a term is selective: a user, a label, a
//     file.
//   - Hybrid scans the newest hour, then longer windows, while it finds events often
//     enough, and then continues with a lookup. It is used if the query has both From
//     and To, and all its terms are record types or LabelEventTypes. Such events may
//     be frequent or rare; only reading shows which.
//
// The cost of a strategy is its number of requests, each a round trip and a billed
// transaction, and then the number of rows:
//
//	scan      1 request per 1,000 matching rows of a month. Azure also ends a response at a
//	          partition's end or after 5 seconds, so rare matches cost a request without rows.
//	lookup    1 request per month and 1,000 postings, 1 per range of rows, 1 per single row
//	hybrid    1 request per window, then as lookup
//
// Measured on Azurite: the first 100 events of a record type, if there is an event
// every 30 seconds and every one or every tenth has the type:
//
//	                       every event            every tenth
//	scan                     1 request,  101 rows    1 request,  101 rows
//	lookup, no ranges      101 requests, 201 rows  101 requests, 201 rows
//	lookup                   2 requests, 201 rows    7 requests, 201 rows
//	hybrid                   1 request,  101 rows    3 requests, 161 rows
//
// Ranges save most requests, and a hybrid halves what is left and the rows. A rare
// type costs a hybrid one request more than a lookup. The constants in tuning.go
// hold the thresholds and their reasons.
package events
