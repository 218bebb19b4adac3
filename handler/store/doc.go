// Package store keeps the audit trail of one tenant in one Azure storage account.
//
// It holds four things:
//
//   - Raw blobs: every content blob, byte for byte as Microsoft sent it ([Store.PutRaw], [Store.Raw]).
//   - The ledger: how far each content blob has been processed ([Store.Ledger], package ledger).
//   - Events: one row for each audit record, and the index that finds rows ([Store.Events], package events).
//   - State: a few small JSON documents, such as checkpoints and statuses.
//
// Of the deployed packages, only this one and those below handler/store import the
// storage SDK, and only they know a key, a table name or a blob name.
//
// # Layout
//
//	raw (container)    {tenant}/{content type}/{yyyy}/{mm}/{dd}/{hash}.json.gz
//	state (table)      {kind} / {name}
//	content{yyyymm}    see package ledger
//	events{yyyymm}     see package events
//	index{yyyymm}      see package events
//
// A table with a month in its name holds one calendar month in UTC, so retention
// drops whole tables. Containers and tables are created when a write first needs
// them. Reading one that does not exist finds nothing.
//
// # Guarantees
//
// Every key is a function of the event or the content blob alone. Every write can
// therefore be repeated: after a crash, after a lost response, or by a second run
// at the same time. The stored rows are the same in whatever order content blobs
// are written.
//
// The service's limits are checked before a request is sent, because Azurite
// accepts requests that Azure rejects.
package store
