package tables

import (
	"fmt"
	"unicode/utf16"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
)

// The table service's limits, as its documentation states them ("Scalability and
// performance targets for Table storage", "Understanding the Table Service Data
// Model", "Performing entity group transactions"). They are checked before a
// request is sent, because Azurite enforces few of them.
const (
	MaxOperations  = 100       // in one transaction
	MaxTransaction = 3_670_016 // bytes; the service's limit is 4 MiB
	MaxEntity      = 1_000_000 // bytes, as billed and as sent; the service's limit is 1 MiB
	MaxText        = 32_000    // UTF-16 units; the service's limit is 32,768
	MaxBinary      = 64 * 1024 // bytes
	MaxComparisons = 15        // in one filter
	MaxPage        = 1000      // entities in one response to a query

	maxProperties  = 252 // besides PartitionKey, RowKey and Timestamp
	operationFrame = 600 // upper bound, in bytes, of what surrounds one operation in a request
)

// Units returns the length of s in UTF-16 units, as the service counts it.
func Units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// Cut returns the longest prefix of s that has at most limit UTF-16 units.
func Cut(s string, limit int) string {
	n := 0
	for i, r := range s {
		n += utf16.RuneLen(r)
		if n > limit {
			return s[:i]
		}
	}
	return s
}

// check returns an error for an entity that the service would reject.
func (e *Entity) check() error {
	switch {
	case !keys.Valid(e.partition) || !keys.Valid(e.key):
		return fmt.Errorf("key %q, %q: outside the key alphabet", e.partition, e.key)
	case e.err != nil:
		return fmt.Errorf("row %s, %s: %w", e.partition, e.key, e.err)
	case e.properties > maxProperties:
		return fmt.Errorf("row %s, %s: %d properties, at most %d", e.partition, e.key, e.properties, maxProperties)
	case e.Size() > MaxEntity:
		return fmt.Errorf("row %s, %s: %d bytes, at most %d", e.partition, e.key, e.Size(), MaxEntity)
	}
	return nil
}

// checkTransaction returns an error for operations that the service would reject
// as one transaction.
func checkTransaction(ops []Operation) error {
	if len(ops) == 0 || len(ops) > MaxOperations {
		return fmt.Errorf("transaction of %d operations, want 1 to %d", len(ops), MaxOperations)
	}
	if n := TransactionSize(ops); n > MaxTransaction {
		return fmt.Errorf("transaction of %d bytes, at most %d", n, MaxTransaction)
	}
	seen := make(map[string]bool, len(ops))
	for _, o := range ops {
		if err := o.entity.check(); err != nil {
			return err
		}
		if o.entity.partition != ops[0].entity.partition {
			return fmt.Errorf("transaction in partitions %s and %s", ops[0].entity.partition, o.entity.partition)
		}
		if seen[o.entity.key] {
			return fmt.Errorf("transaction with row %s twice", o.entity.key)
		}
		seen[o.entity.key] = true
	}
	return nil
}

// TransactionSize returns an upper bound of the bytes of ops in a request.
func TransactionSize(ops []Operation) int {
	n := operationFrame
	for _, o := range ops {
		n += operationFrame + len(o.entity.partition) + len(o.entity.key) + len(o.entity.json)
	}
	return n
}
