// Package pull is the timer function: it finds what the Management Activity
// API holds and sees to it that all of it is ingested.
//
// One tick, for each content type, all at the same time:
//
//	repair the subscription
//	list what became available, window by window, into the ledger
//	move the checkpoint behind each window that is in the ledger
//	drain the ledger through package ingest
//	save how the type stands
//
// The order is what makes a crash harmless. A content is in the ledger before
// the checkpoint passes it, and leaves the ledger's pending state only when
// its rows are stored; a tick that is killed anywhere is finished by the next
// one. Two ticks at once do no harm either: the ledger adds a content once,
// and the checkpoint moves by compare-and-swap.
package pull
