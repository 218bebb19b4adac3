// Package audit reads audit records: it turns the JSON that Microsoft sends
// into typed attributes. It does no I/O and imports no other package of this
// module.
//
// # From a content blob to records
//
// A content blob, named by Content, is a JSON array of records. Parse returns
// its records and its rejects, and skips the types that a Filter excludes:
//
//	want, err := audit.ParseFilter("93,94,95,96,97")
//	...
//	parsed, err := audit.Parse(body, want)
//
// Parse returns ErrNotArray for a body that is not one whole array, because
// nobody can know what is missing from it. Inside a whole array, an element
// that cannot be read affects no other: it becomes a Reject with its index and
// a reason that never quotes it. Parse repairs nothing and invents nothing.
// The caller keeps the original bytes, so a reject loses no evidence.
//
// # Required members
//
// A record is a JSON object with a RecordType and a CreationTime. The store
// derives an event's key from these two and the Id, so it needs both. All
// other members are optional. Record.Key identifies the event; a record
// without an Id is identified by a hash of its canonical JSON.
//
// # Lenient reading
//
// Real records deviate from the published schema. Parse therefore accepts more:
//
//   - Keys match in any case. The last of a repeated key counts.
//   - Null, empty text and an empty array count as absent.
//   - Numbers and booleans may be strings. Numbers may be names ("Win" for a Platform).
//   - A time may have a zone, and any fraction. A time without a zone is UTC.
//   - An attribute that cannot be read as its kind is absent. The rest of the record is unaffected.
//   - Members that this package does not know stay in Record.JSON.
//
// # Attributes
//
// An Attribute is a typed column. The table in attribute.go gives each its
// name, its kind and its paths in the JSON. Parsing, storing and answering all
// read that table. A new column is two lines in attribute.go: the constant, and
// its line in the table. Renew the OpenAPI description and the golden files
// afterwards:
//
//	go test ./handler/audit ./handler/query -run 'Golden|Samples' -update
//
// Some Int attributes, and the record types, have names as well as numbers.
//
// # Comparison
//
// Equal and Canonical compare records as JSON values. They recognize an event
// that arrives again in different bytes.
package audit
