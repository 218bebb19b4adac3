// Package ledger records how far each content blob has been processed.
//
// # Keys
//
// The entries of one month of contentCreated (UTC) are in one table:
//
//	content{yyyymm}    {content type} / c_{inverted created}_{hash}                 every entry
//	                   {content type} / p_{expiration}_{inverted created}_{hash}    while the entry is pending
//
// The hash is that of the content id. A pending entry therefore has two rows: its
// own row and a pending row. Both change in one transaction. Pending rows sort by
// expiration, so a drain finds what expires first without reading settled entries.
//
// # Guarantees
//
// Every method can be repeated after any error, and run at the same time
// elsewhere. The pending row guards an entry: a run that finds it gone leaves the
// entry as another run has settled it.
package ledger
