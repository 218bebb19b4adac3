// Package settings reads labeltrail's settings from environment variables. It
// has no other source. The handler reads all settings. The command line reads
// those of the trail: the tenant, the storage, the record types, the retention.
package settings
