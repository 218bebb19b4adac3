// Package ingest is the spine of labeltrail: it turns a pending entry of the
// ledger into a raw blob, event rows, index entries and a done entry.
//
// The steps for one content blob are, in this order,
//
//	fetch -> raw blob -> records -> event rows -> index -> ledger done
//
// Every step can be repeated safely. The raw blob is created once; the keys of
// rows and index entries are functions of the event alone; the ledger entry
// leaves the pending state in one transaction, last. A process that dies after
// any step leaves the entry pending. The next attempt repeats the steps, reads the
// raw blob if there is one, and finds its own rows already stored.
//
// Rebuild repeats the steps from the raw blob onwards for every content blob
// that has one.
//
// Content blobs are loaded (fetched, stored raw and parsed) several at a time
// and written in batches of some thousand records. The rows of many content
// blobs fall into the same hours, and one transaction holds up to a hundred
// rows of one hour.
package ingest
