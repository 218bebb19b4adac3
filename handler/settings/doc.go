// Package settings reads labeltrail's settings: environment variables, and
// nothing else. Every program reads the same ones, each those that it needs:
// the handler all of them, the command line those that say whose trail there
// is, where it is kept and what it holds.
package settings
