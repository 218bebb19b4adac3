/*
Package fsck checks that a trail agrees with itself: the ledger, the raw
blobs, the event rows and the event index. It changes nothing, and may run
while the handler does.

Each part of the trail is read once, in key order, and merge-joined with what
the parts before it imply:

	ledger --\
	          > raw blobs --> claims --> rows --> strays
	                     \--> terms  --> index

Values that the next join needs in another order go through an external sort.
Memory is bounded: it holds what the sorts buffer, the raw blobs in flight and
the records that share one event id, however many events a day has.

The trail may grow during the check. Later parts are read later and can only
be newer, so anything that looks wrong for that reason alone is read again
before it is reported.

A finding holds ids, key names and blob names, and no other part of a record.
*/
package fsck
