/*
Package fsck checks that a trail agrees with itself: the ledger, the raw
blobs, the event rows and the event index. It changes nothing, and may run
while the handler does.

# Terms

A raw blob holds records, and every record belongs in the row of its event. So
fsck makes a claim of each record: "the row at this position holds me". One
event may be in several content blobs, so one row may have several claims. The
claims to a row are in order of precedence, which is that of the store: the
record of the earliest content blob first.

A claim is required if its row must exist: the ledger says that the content
blob is done, and retention keeps the event. Any other claim is optional: the
handler may have written the record already, but need not have. The row must
hold a record that is at least as early as the first required claim. So its
owner, which is the claim whose record it should hold, is the claim that the row
itself names, or the first required claim if that is earlier.

A stray is a row that names a record without a claim.

# Passes

Each part of the trail is read once, in key order, and merge-joined with what
the parts before it imply:

	ledger --\
	          > raw blobs --> claims --> rows --> strays
	                     \--> implied terms --> index

Values that the next join needs in another order go through an external sort.
Memory is bounded: it holds what the sorts buffer, the raw blobs in flight and
the records that share one event id, however many events a day has.

The handler may add to the trail during the check. Then one part may lack what
another has: a row exists, for example, whose raw blob was stored after fsck had
listed the raw blobs. Before fsck reports something as missing that the handler
may have stored since, it reads that again.

A finding holds ids, key names, blob names and checksums, and no other part of a
record.
*/
package fsck
