// Package azurite runs Azurite, Microsoft's storage emulator, as a child process,
// for tests and for running labeltrail on one machine.
//
// Azurite is an npm package. package-lock.json in this folder pins its version.
// The first use installs it with npm into the user's cache folder, and later uses
// find it there. Node.js 20 or later and npm must be on PATH.
//
// Azurite accepts more than Azure does, for example transactions over several
// partitions. Package azurelike rejects what Azure rejects.
package azurite
