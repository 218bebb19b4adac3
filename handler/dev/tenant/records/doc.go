// Package records makes up the audit records of a simulated Microsoft 365
// tenant. It does no input or output.
//
// A [Stream] is everything that happens in one content type. It is cut into
// numbered content blobs, which the tenant publishes one after the other and
// without end. Each holds label events (of Azure Information Protection and its
// neighbors in Purview), a few events of earlier blobs again, and the records
// of other workloads, called noise.
//
// Everything is a pure function of the seed, the base time and a number: blob k
// of a stream can be made without its predecessors, and nothing is remembered.
// So a stream of millions of records costs no memory, and equal configurations
// give equal bytes on every machine and with every Go release.
//
// The label events tell stories, because a client may check that they make
// sense. A script says what happens to one file, a plan deals the numbered
// events of a stream to the lives that follow the scripts, and a life replays
// its script to find out which label a file has. People, devices, files and
// labels are those of one company, Northwind Traders.
package records
