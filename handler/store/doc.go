// Package store keeps the trail in one Azure storage account: raw content as
// blobs, events and the content ledger as tables. It is the only package that
// knows the storage SDK, and the only one that knows a key, a table's name or
// a blob's name.
//
// # What is where
//
//	raw (container)    {tenant}/{content type}/{yyyy}/{mm}/{dd}/{hash}.json.gz   content, as received
//	events{yyyymm}     {inverted hour} / {inverted second}_{event}               one row per event
//	index{yyyymm}      b{nn} / {kind}_{hash}_{inverted second}_{event}          one row, all key, per event and term
//	content{yyyymm}    {content type} / c_{inverted created}_{hash}              one row per content
//	                   {content type} / p_{expiration}_{inverted created}_{hash} while it is pending
//	state              {kind} / {name}                                          small documents
//
// A table holds one calendar month in UTC: of the event's CreationTime, or of
// the content's contentCreated. Old months go by dropping their tables.
//
// A term is what an event can be found by: its id, user, object, file name,
// labels, device, address, record type, operation and LabelEventType. The
// entries of one term and month are one range of keys, newest first, in the
// partition that the hash of the term's value names. An entry's key leads to
// the event's row.
//
// Containers and tables are made when a write first needs them; what isn't
// there reads as empty.
//
// # What is promised
//
// Every key is a function of the event or of the content alone, so that every
// write can be repeated: after a crash, after an answer that got lost, by a
// second run at the same time. The rows that result are the same, whatever the
// order in which contents were written.
//
// The service's limits are asserted here before a request is sent, because the
// emulator accepts what the service refuses.
package store
