// Package pull is the timer function: it finds what the Management Activity
// API holds and has all of it ingested.
//
// A tick is one run of the timer; store.Run is its record, which users see as
// lastPull. For each content type, all at the same time, a tick will
//
//	repair the subscription
//	list what became available, window by window, into the ledger
//	move the checkpoint past each window that is in the ledger
//	once a day, after listing all that the API holds: drop old months
//	drain the ledger through package ingest
//	count content blobs by day, where entries changed
//	save the status of the content type
//
// This order makes a crash harmless. A content blob is in the ledger before the
// checkpoint passes it. It stays pending in the ledger until its rows are
// stored, or until it is lost or unreadable. The next tick finishes one that was
// killed anywhere. Two ticks at once do no harm either: the ledger adds a content
// blob once, and checkpoint and status change by compare-and-swap.
package pull
