// Package host is a local stand-in for the Azure Functions host. It runs the
// custom handler on one machine, for development and for end-to-end tests: it
// starts the handler, runs its timer functions on schedule and serves its HTTP
// functions. It is as strict as the host: a response that the host drops, hangs
// on or rejects is dropped, hung on or rejected here.
//
// It reads the files that the host reads: host.json and
// <function>/function.json in a staged folder, and local.settings.json if there
// is one. It supports timer triggers, and HTTP triggers with an http output
// whose requests host.json wants proxied or forwarded. A function that needs
// anything else is in error, and the others run.
//
// The behavior follows the source code of host 4.1037 (dispatcher, payload of
// timers, response rules, forwarding, routes, keys), of its later HTTP proxying,
// of the timer extension and of NCrontab. Known differences, all on the strict
// or on the quick side:
//
//   - Responses are decoded by encoding/json. The host's Json.NET also accepts
//     comments, single quotes and trailing text.
//   - A handler that cannot be started stops this host at once. The real one
//     notices after a while.
//   - functionTimeout restarts the handler at once. The real host waits 5
//     seconds first.
//   - There is no lock between instances, no scale controller, and no limit of
//     230 seconds on the first byte of a response or of 240 seconds between two
//     bytes of a proxied one.
//   - A route segment is a literal or a single parameter ({a}, not {a}.{b}),
//     and parameters have neither constraints nor defaults. Output bindings
//     named $return and retry policies are rejected.
//
// Microsoft documents the host in "Azure Functions custom handlers", "Timer
// trigger for Azure Functions", "Azure Functions HTTP trigger" and "host.json
// reference".
package host
