// Package azurite runs Azurite, Microsoft's storage emulator, as a child
// process, for tests and for running labeltrail on one machine.
//
// Azurite is an npm package. The version is pinned by package-lock.json
// beside this file; the first use installs it with npm into the user's cache
// folder, and every later use finds it there. Node.js 20 or later and npm
// must be on PATH.
//
// Azurite is more permissive than Azure (it accepts transactions over mixed
// partitions, for one), so what passes here is not proven for Azure: package
// store asserts Azure's limits itself.
package azurite
