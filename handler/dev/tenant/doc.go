// Package tenant simulates a Microsoft 365 tenant on 127.0.0.1: the token
// endpoint of its login host, the endpoint of a managed identity, and the
// Office 365 Management Activity API. All of them use TLS with a throw-away
// certificate authority.
//
// The tenant has about two hundred people who label, open, protect and delete
// documents, a scanner that crawls file shares, and the noise of every other
// workload. Seven days of history exist when the tenant starts, and more appears
// as the clock of its [Config] advances. Package records makes all of it up from
// the seed and the time at which [New] was called: bodies are made on request
// and not kept, so a tenant of millions of records costs no memory, and two
// tenants with the same seed and base time send the same bytes.
//
// The package also checks its client. [Tenant.Truth] and [Tenant.Contents]
// return what a complete client must hold. [Tenant.Violations] lists the
// requests that the live service would object to. [Faults] makes the service
// misbehave in the ways seen in the field; a client that retries still gets
// everything except what [Tenant.Lost] returns.
//
// The HTTP server has the only goroutines. Notifications are sent when
// [Tenant.Notify] is called, and time passes when Config.Now says so.
package tenant
