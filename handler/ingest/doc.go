// Package ingest is the spine of labeltrail: it turns a pending content of
// the ledger into a raw blob, event rows and a ledger entry that says done.
//
// The steps of one content are, in this order,
//
//	fetch -> raw blob -> records -> event rows -> index -> ledger done
//
// and each may be repeated at will: the raw blob is created once, the keys of
// a row and of what leads to it are functions of the event alone, and a ledger entry leaves the
// pending state in one transaction, last. A process that dies after any of
// them leaves the content pending; the next run does it again, this time from
// the raw blob if that was reached, and finds its own rows already there.
//
// Rebuild goes the way from the raw blob on once more, for every content that
// has one.
//
// Contents are loaded (fetched, kept and parsed) several at a time and
// written in groups of some thousand records, because the rows of many
// contents fall into the same hours, and a transaction holds up to a hundred
// rows of one hour.
package ingest
