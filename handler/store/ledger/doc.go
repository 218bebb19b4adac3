// Package ledger records how far each content blob has been processed.
//
// # Keys
//
// The entries of a month of contentCreated (UTC) are in one table:
//
//	content{yyyymm}    {content type} / c_{inverted created}_{hash}                every content blob
//	                   {content type} / p_{expiration}_{inverted created}_{hash}   only while it is pending
//
// The hash is that of the content id. A pending entry has two rows, which change
// in one transaction: its own row, and a pending row that lists it by expiration,
// so that a drain finds what expires first without reading settled entries.
//
// # Guarantees
//
// Every method can be repeated after any error, and called by several runs at
// once. The pending row guards an entry: a run that finds it gone leaves the entry
// as another run has settled it.
package ledger
