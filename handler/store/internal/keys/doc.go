// Package keys makes the parts that table keys and blob names consist of: inverted
// times, months, hashes and content types. A key made of them has only characters
// that the service, its URLs and the SDK leave alone, and sorts newest first.
//
// Stored data depends on every function here: none may ever return another key for
// the same input.
package keys
