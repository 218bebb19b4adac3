/*
Handler is labeltrail's deployed program: the custom handler of an Azure
Functions app that keeps a complete, searchable trail of a Microsoft 365
tenant's sensitivity-label audit events. This page is the tour of the code;
the README is the page for those who use it.

# What happens

The Office 365 Management Activity API offers audit records in contents:
JSON arrays that become available together, are listed for seven days and
then are gone. A content arrives out of order, more than once, or late, and
holds mostly records of other workloads. Each content goes one way:

	timer -> pull --\
	                 > ledger -> ingest -> raw blob -> rows, index -> ledger: done
	webhook --------/  (pending)

	query  <- rows, index  <- a question over HTTPS

The ledger is the list of work: what it holds as pending will be ingested,
whatever crashes meanwhile, and what it holds as done is stored. There is no
queue and no lock. Every step can be repeated, and each package says in its
own page why.

# Where things are

From the bottom up, which is also the order in which packages import one
another, never the other way round:

  - audit: the record. Its types and enumerations, and Parse, which turns the
    bytes of a content into records, losing none to its neighbours' faults. It
    does no I/O.
  - feed: the client of the Management Activity API; tokens, subscriptions,
    listing, retrieving, throttling, and the table of the API's errors.
  - store: the only user of Azure Storage. Raw blobs, event rows and their
    index, the ledger, checkpoints; every key and every table name; Azure's limits and the
    storage SDK's traps.
  - ingest: the spine, from a pending content to its rows.
  - pull, webhook, query: the functions, one package each. The folder in
    functions/, the path that the host calls and the package have one name.
  - azfunc: the custom-handler protocol. It knows none of the others.
  - settings: every app setting, read from the environment.
  - this package: main.go puts the parts together.

Not deployed:

  - labeltrail: the operator's command line. search asks a deployment; against
    a trail's storage, fsck holds raw content, ledger, rows and index against
    one another, and rebuild makes the rows again from raw content.
  - dev: the whole system on one machine, with dev/azurite (the storage
    emulator as a child process), dev/host (a stand-in for the Functions
    host), dev/tenant (a simulated tenant behind the real API's contract),
    dev/cert (certificates for the loopback address) and dev/npm (what
    installs pinned npm packages).

Beside handler/ are functions/ (what the host reads of each function), infra/
(the Azure resources in Bicep; package, the program that stages what is
deployed), azure.yaml for azd, and host.json.

# Where to begin reading

pull.Pull.Tick is one run of the timer function. ingest.Ingest.Drain is what
it does with the ledger. store's page has every key. query's page has the
questions.
*/
package main
