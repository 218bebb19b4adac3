package tables

import (
	"fmt"
	"unicode/utf16"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
)

// The table service's limits, as its documentation states them ("Scalability
// and performance targets for Table storage", "Understanding the Table Service
// Data Model", "Performing entity group transactions"). They are asserted
// before a request is sent: the emulator lets most of them pass.
const (
	MaxOperations  = 100       // in one transaction
	MaxTransaction = 3_670_016 // bytes; the service's limit is 4 MiB
	MaxEntity      = 1_000_000 // bytes, as billed and as sent; the service's limit is 1 MiB
	MaxText        = 32_000    // UTF-16 units; the service's limit is 32,768
	MaxBinary      = 64 * 1024 // bytes
	maxProperties  = 252       // beside PartitionKey, RowKey and Timestamp
	MaxComparisons = 15        // in one filter
	MaxPage        = 1000      // rows in one answer to a query
	operationFrame = 600       // bytes around one operation of a transaction, at most
)

// units is the length of s as the service counts it.
func Units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
	}
	return n
}

// cut returns the longest start of s that has at most limit UTF-16 units.
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

// checkRow refuses a row that the service would refuse.
func checkRow(r *Entity) error {
	switch {
	case !keys.Valid(r.Partition) || !keys.Valid(r.Key):
		return fmt.Errorf("row key %q, %q: outside the key alphabet", r.Partition, r.Key)
	case r.err != nil:
		return fmt.Errorf("row %s, %s: %w", r.Partition, r.Key, r.err)
	case r.properties > maxProperties:
		return fmt.Errorf("row %s, %s: %d properties, at most %d", r.Partition, r.Key, r.properties, maxProperties)
	case r.Size() > MaxEntity:
		return fmt.Errorf("row %s, %s: %d bytes, at most %d", r.Partition, r.Key, r.Size(), MaxEntity)
	}
	return nil
}

// checkTransaction refuses operations that the service would not do in one
// transaction.
func checkTransaction(ops []Operation) error {
	if len(ops) == 0 || len(ops) > MaxOperations {
		return fmt.Errorf("transaction of %d operations, want 1 to %d", len(ops), MaxOperations)
	}
	if n := TransactionSize(ops); n > MaxTransaction {
		return fmt.Errorf("transaction of %d bytes, at most %d", n, MaxTransaction)
	}
	seen := make(map[string]bool, len(ops))
	for _, o := range ops {
		if err := checkRow(o.row); err != nil {
			return err
		}
		if o.row.Partition != ops[0].row.Partition {
			return fmt.Errorf("transaction over partitions %s and %s", ops[0].row.Partition, o.row.Partition)
		}
		if seen[o.row.Key] {
			return fmt.Errorf("transaction with row %s twice", o.row.Key)
		}
		seen[o.row.Key] = true
	}
	return nil
}

// transactionSize is an upper bound of the bytes that ops take in a request.
func TransactionSize(ops []Operation) int {
	n := operationFrame
	for _, o := range ops {
		n += operationFrame + len(o.row.Partition) + len(o.row.Key) + len(o.row.json)
	}
	return n
}
