// Package storage has what the blob service and the table service share: errors
// that are safe to log, and the cost of what runs under a context.
package storage
