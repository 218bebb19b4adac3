// Package host is a stand-in for the Azure Functions host, for running the
// custom handler on one machine and for end-to-end tests. It starts the
// handler the way the host does, invokes its timer functions on schedule and
// serves its HTTP functions, and it is as unforgiving as the host: an answer
// the host would drop, hang on or fail is dropped, hung on or failed here.
//
// It reads what the host reads: host.json and <function>/function.json of a
// staged folder, local.settings.json if there is one. It knows timer and HTTP
// triggers and the http output, and no other binding: a function that needs
// another one is in error, and the others run.
//
// The behaviour is that of host 4.1037 (dispatcher, default payload, response
// rules, forwarding, routes, keys), of its later HTTP proxying, of the timer
// extension and of NCrontab, as their sources have it. What differs, all of
// it on the strict or on the quick side:
//
//   - Answers are decoded by encoding/json: Json.NET takes comments, single
//     quotes and trailing text too, and turns ISO dates in strings into dates.
//   - A handler that cannot be started stops the stand-in at once; the host
//     notices after a while.
//   - functionTimeout restarts the handler at once; the host allows it 5
//     seconds of grace.
//   - There is no lock between instances and no scale controller, and no limit
//     of 230 seconds for the first byte of an answer or of 240 between two of a
//     proxied one.
//   - Route templates take whole segments only ({a}, not {a}.{b}), and output
//     bindings named $return are refused.
//
// Microsoft's pages are "Azure Functions custom handlers", "Timer trigger for
// Azure Functions", "Azure Functions HTTP trigger" and "host.json reference".
package host
