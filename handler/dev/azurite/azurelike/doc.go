// Package azurelike is an HTTP transport between a client of Azure Storage and
// Azurite. It behaves like Azure where Azurite does not, so that code that passes
// here works on Azure, too.
//
// Azure differs from Azurite in these ways:
//
//   - A page of a query may have fewer rows than requested, even none, and a
//     token to continue with. The token is opaque. It has no NextRowKey if the
//     next page begins with a partition.
//   - Any request may be rejected temporarily (503 ServerBusy) or time out (500
//     OperationTimedOut). A request that timed out may have taken effect. A
//     transaction may be rejected inside a response with status 202.
//   - The name of a deleted table stays in use for a while: 409
//     TableBeingDeleted.
//   - A transaction over several partitions or of more than 100 operations, an
//     entity of more than 252 properties and a filter of more than 15 comparisons
//     are rejected.
//
// The sources are the REST API reference of Azure Storage, "Query timeout and
// pagination", "Performing entity group transactions", "Understanding the Table
// service data model", "Querying tables and entities", "Delete Table" and
// "Table service error codes". Error messages are the service's own, except for
// a filter that is too long, whose message is not documented.
package azurelike
