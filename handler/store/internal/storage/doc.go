// Package storage holds what the code for blobs and that for tables share: errors
// that are safe to log, the cost of the calls under a context, and the size of the
// largest content blob.
package storage
