// Package azfunc implements the Azure Functions custom-handler protocol. No
// other package knows it.
//
// The Functions host starts the handler, waits until GET / gets a response, and
// then sends two kinds of requests. An invocation of a timer function is a POST
// to /<function name> with a JSON envelope, and must get a JSON response;
// [OnTimer] handles it. A call of an HTTP function is the caller's own request,
// passed on unchanged (custom handlers with enableProxyingHttpRequest);
// [OnHTTP] guards it.
//
// The host ends the handler with SIGKILL, without warning. So a handler keeps
// nothing in memory that it cannot lose, and this package has no shutdown.
//
// The protocol is documented at "Azure Functions custom handlers". Details that
// the page leaves out come from the host's source
// (Azure/azure-functions-host).
package azfunc
