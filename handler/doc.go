/*
Handler is labeltrail's deployed program: the custom handler of an Azure
Functions app that keeps a complete, searchable trail of a Microsoft 365
tenant's sensitivity-label audit events. This page is a tour of the code.
docs/architecture.md continues it; the README is for users.

# How data flows

The Office 365 Management Activity API offers audit records in content blobs:
JSON arrays of records that became available together. It lists each blob for
seven days. Blobs can arrive late, out of order and more than once, and most of
their records belong to other workloads. Every content blob takes the same path:

	timer -> pull --\
	                 > ledger -> ingest -> raw blob -> rows, index -> ledger: done
	webhook --------/  (pending)

	query  <- rows, index  <- a question over HTTPS

The ledger is the work list. A pending entry will be ingested, even after a
crash; a done entry is stored. There is no queue and no lock. Every step can be
repeated safely, and each package's doc says why.

# Packages

From the bottom layer up. A package imports only from layers below its own:

  - audit reads audit records. Parse turns the bytes of a content blob into
    records and rejects. It does no I/O.
  - azfunc speaks the custom-handler protocol of the Functions host.
  - clock compares this machine's clock with the API's.
  - feed is the client of the Management Activity API: tokens, subscriptions,
    listing, content blobs, throttling, and the table of the API's errors.
  - store is the only user of Azure Storage. store/ledger holds the ledger,
    store/events the rows and their index; raw blobs and state documents are in
    store itself. Every key and table name is in these packages.
  - ingest turns a pending content blob into rows.
  - settings reads every app setting from the environment.
  - pull, webhook and query are the functions. The folder in functions/, the
    path that the host calls, and the package share one name.
  - This package: main.go connects the parts.

Not deployed:

  - labeltrail is the operator's command line. search asks a deployment. fsck
    cross-checks raw content, ledger, rows and index in the trail's storage.
    rebuild makes the rows again from raw content.
  - dev runs the whole system on one machine: dev/azurite (the storage emulator
    as a child process), dev/host (a stand-in for the Functions host), dev/tenant
    (a simulated tenant behind the real API's contract), dev/cert and dev/npm.

Next to handler/ are functions/ (the host's description of each function),
infra/ (the Azure resources in Bicep, and the program that stages the package
for deployment) and docs/.

# Where to start reading

pull's Job.Tick is one run of the timer function. ingest's Pipeline.Drain is
what it does with the ledger. The docs of store, store/ledger and store/events
describe every key. The doc of query describes the questions.
*/
package main
