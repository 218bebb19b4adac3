// Package seq combines sequences that are read from storage: [Merge] joins sorted
// ones into one, [Ahead] joins them end to end and starts the next ones early, and
// [Chunks] groups values.
package seq
