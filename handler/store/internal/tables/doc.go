// Package tables makes Azure Table storage safe to use.
//
// It checks the service's limits before it sends a request, because Azurite does
// not. It creates a table when a write first needs it, and reads a missing table
// as empty. It reads a transaction's response itself, because the SDK reports a
// rejected transaction as a success, takes missing parts for success and panics
// on an empty response. And it says of a transaction whether it was applied,
// clashed with what is stored, or whether nobody can tell: see [Verdict].
package tables
