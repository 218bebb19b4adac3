package store

import (
	"fmt"
	"unicode/utf16"
)

// The table service's limits, as its documentation states them ("Scalability
// and performance targets for Table storage", "Understanding the Table Service
// Data Model", "Performing entity group transactions"). They are asserted
// before a request is sent: the emulator lets most of them pass.
const (
	maxOperations  = 100               // in one transaction
	maxTransaction = 3_670_016         // bytes; the service's limit is 4 MiB
	maxRow         = 1_000_000         // bytes, as billed and as sent; the service's limit is 1 MiB
	maxText        = 32_000            // UTF-16 units; the service's limit is 32,768
	maxBinary      = 64 * 1024         // bytes
	maxProperties  = 252               // beside PartitionKey, RowKey and Timestamp
	maxComparisons = 15                // in one filter
	maxPage        = 1000              // rows in one answer to a query
	operationFrame = 600               // bytes around one operation of a transaction, at most
	maxBody        = 256 * 1024 * 1024 // bytes of one content, decoded
)

// units is the length of s as the service counts it.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// cut returns the longest start of s that has at most limit UTF-16 units.
func cut(s string, limit int) string {
	n := 0
	for i, r := range s {
		n += utf16.RuneLen(r)
		if n > limit {
			return s[:i]
		}
	}
	return s
}

// checkRow refuses a row that the service would refuse.
func checkRow(r *row) error {
	switch {
	case !validKey(r.partition) || !validKey(r.key):
		return fmt.Errorf("row key %q, %q: outside the key alphabet", r.partition, r.key)
	case r.err != nil:
		return fmt.Errorf("row %s, %s: %w", r.partition, r.key, r.err)
	case r.properties > maxProperties:
		return fmt.Errorf("row %s, %s: %d properties, at most %d", r.partition, r.key, r.properties, maxProperties)
	case r.size() > maxRow:
		return fmt.Errorf("row %s, %s: %d bytes, at most %d", r.partition, r.key, r.size(), maxRow)
	}
	return nil
}

// checkTransaction refuses operations that the service would not do in one
// transaction.
func checkTransaction(ops []operation) error {
	if len(ops) == 0 || len(ops) > maxOperations {
		return fmt.Errorf("transaction of %d operations, want 1 to %d", len(ops), maxOperations)
	}
	if n := transactionSize(ops); n > maxTransaction {
		return fmt.Errorf("transaction of %d bytes, at most %d", n, maxTransaction)
	}
	seen := make(map[string]bool, len(ops))
	for _, o := range ops {
		if err := checkRow(o.row); err != nil {
			return err
		}
		if o.row.partition != ops[0].row.partition {
			return fmt.Errorf("transaction over partitions %s and %s", ops[0].row.partition, o.row.partition)
		}
		if seen[o.row.key] {
			return fmt.Errorf("transaction with row %s twice", o.row.key)
		}
		seen[o.row.key] = true
	}
	return nil
}

// transactionSize is an upper bound of the bytes that ops take in a request.
func transactionSize(ops []operation) int {
	n := operationFrame
	for _, o := range ops {
		n += operationFrame + len(o.row.partition) + len(o.row.key) + len(o.row.json)
	}
	return n
}
