// Package seq combines sequences that are read from storage: it merges sorted ones
// and reads several ahead.
package seq
