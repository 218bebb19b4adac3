/*
Handler is labeltrail's deployed program: the custom handler of an Azure
Functions app that keeps a complete, searchable trail of a Microsoft 365
tenant's sensitivity-label audit events.

This package only connects the parts: it reads the settings, builds the
packages below, and serves the functions. If a setting is invalid, it serves an
error that names the setting, and stays up.

docs/architecture.md is the tour of the code: the flow of data, the order of
writes, the packages, and where to change what. Good places to start reading
are pull's Job.Tick, which is one run of the timer function, and ingest's
Pipeline.Drain, which is what it does with the ledger. The docs of store,
store/ledger and store/events describe every key.

The tests here also hold rules of the whole repository: imports run one way,
prose is plain, packages stay small.
*/
package main
