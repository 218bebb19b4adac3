// Package tenant simulates a Microsoft 365 tenant on 127.0.0.1: the token
// endpoint of its login host, the endpoint of a managed identity, and the
// Office 365 Management Activity API, all over TLS with a throw-away
// certificate authority.
//
// The tenant has about two hundred people who label, open, protect and delete
// documents, a scanner that crawls file shares, and the noise of every other
// workload. Seven days of it exist when the tenant starts, and more appears as
// the clock of its Config moves on. Everything is a pure function of the seed
// and the time at which New was called: a body is made when it is asked for and
// forgotten afterwards, so a tenant of millions of records costs no memory, and
// two tenants of equal seed and base time send equal bytes.
//
// The package is the judge of a client as well as its partner. Truth and
// Contents say what a complete client must hold. Violations lists what the
// client did that the live service would object to. Faults make the service
// behave as badly as it has been seen to, for a bounded number of times.
//
// There is no goroutine of its own besides the HTTP server's: notifications are
// sent when Notify is called, and time passes when Config.Now says so.
package tenant
