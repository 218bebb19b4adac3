// Package events stores audit records as rows, and an index that finds them.
//
// # Keys
//
// The rows and index entries of a month of CreationTime (UTC) are in two tables:
//
//	events{yyyymm}    {inverted hour} / {inverted second}_{event}               one row per event
//	index{yyyymm}     b{nn} / {kind}_{hash}_{inverted second}_{event}           one entry, all key, per event and term
//
// A row's key is a function of the event alone, so the same event from any content
// blob, import or replay is the same row. Inverted times make key order newest
// first.
//
// A term is something an event can be found by: its id, user, object, file name,
// labels, device, address, record type, operation and LabelEventType. The entries
// of one term in one month are one range of keys, its posting list, in the
// partition that the hash of the term's value selects. The key of an entry holds
// the key of the event's row.
package events
