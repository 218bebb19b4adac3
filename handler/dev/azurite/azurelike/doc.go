// Package azurelike is a transport that stands between a client of Azure
// Storage and Azurite, and behaves as Azure does where Azurite does not, so
// that what passes here holds there as well.
//
// What Azure does and Azurite does not:
//
//   - A query's answer has as few rows as Azure likes, down to none, and a
//     token to go on with. The token cannot be read, and has no NextRowKey
//     where the next page begins with its partition.
//   - Any request may be refused for the moment (503 ServerBusy), or time out
//     (500 OperationTimedOut), in which case it may have been done all the
//     same. A transaction may be refused inside an answer that says 202.
//   - A table that was deleted keeps its name for a while: 409 TableBeingDeleted.
//   - A transaction over several partitions or of over 100 operations, a row of
//     over 252 properties and a filter of over 15 comparisons are refused.
//
// The sources are the REST API reference of Azure Storage, "Query timeout and
// pagination", "Performing entity group transactions", "Understanding the Table
// service data model", "Querying tables and entities", "Delete Table" and
// "Table service error codes". The words of refusals are the service's own, but
// for a filter that is too long, whose refusal is documented without them.
package azurelike
