// Package audit is the audit record: what Microsoft sends, taken apart into
// typed attributes, and nothing else. It does no I/O and imports none of our
// packages.
//
// # From content to records
//
// A content, named by Content, is a JSON array of records. Parse turns its body
// into records and rejects, and skips the types that a Filter does not want:
//
//	want, err := audit.ParseFilter("93,94,95,96,97")
//	...
//	parsed, err := audit.Parse(body, want)
//
// A body that is no whole array is refused with ErrNotArray, since it cannot be
// known what is missing. Within a whole array an element that cannot be read
// costs itself alone: it is a Reject with its place and the reason, which never
// quotes it. Nothing is repaired and nothing is made up. Whatever becomes of an
// element, the content's bytes are kept elsewhere as they came.
//
// # What a record must have
//
// It must be a JSON object with a RecordType and a CreationTime, because its
// place in the store is a function of the event alone. Everything else may be
// missing. Record.Key names the event; where there is no Id, a hash of the
// canonical JSON does.
//
// # What records are really like
//
// The schema says more than records hold to, so reading is lenient:
//
//   - keys are compared without regard to case, and the last of a doubled key counts;
//   - null, empty text and an empty array are absent;
//   - numbers and truth values may be text, numbers may be names ("Win" for a Platform);
//   - a time has no zone and is UTC, or has one, and any fraction;
//   - an attribute that cannot be read as its kind is absent, and costs nothing else;
//   - members that this package does not know stay in Record.JSON.
//
// # Attributes
//
// An Attribute is a typed column. One table, in attributes.go, gives each its
// name, kind and places in the JSON; parsing, storing and answering all go by
// it, so a new column is a new line there. Numbers of an enumeration have names
// (PlatformName and its like), and record types those of Microsoft's table.
//
// # Comparing
//
// Equal and Canonical compare records as JSON values, so that the same event
// sent again in other bytes is known for the same.
package audit
