// Package tables makes Azure Table storage safe to use.
//
//   - It checks the service's limits before it sends a request, because Azurite
//     does not.
//   - It creates a table when a write first needs it, and reads a missing table as
//     empty.
//   - It reads the response to a transaction itself. The SDK reports a rejected
//     transaction as a success, ignores missing parts, and panics on an empty body.
//   - It says whether a transaction was applied, clashed with what is stored, or
//     whether its outcome is unknown: see [Verdict].
//   - It bounds every retry, and retries what the service rejects inside a response
//     that the SDK considers final.
//
// The words are Azure's: a table holds entities, an entity has properties, and a
// transaction changes several entities of one partition together.
package tables
