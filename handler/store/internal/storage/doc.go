// Package storage holds what the blob service and the table service share: errors
// that are safe to log, and the cost of the calls under a context.
package storage
