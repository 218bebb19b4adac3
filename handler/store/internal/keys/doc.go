// Package keys makes the parts of table keys and blob names: inverted times,
// months, hashes and content types. It also holds the arithmetic of time ranges
// over them.
//
// Stored data depends on every function here. None may ever return another key
// for the same input.
package keys
