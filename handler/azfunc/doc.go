// Package azfunc speaks the Azure Functions custom-handler protocol, and is
// the only package that knows it.
//
// The Functions host starts the handler, waits until any answer comes from
// GET /, and then sends it two kinds of requests. An invocation of a timer
// function is a POST to /<function name> whose JSON envelope the host writes
// and whose answer must be JSON; [OnTimer] handles it. A call of an HTTP
// function is the caller's own request, passed on as it came (custom handlers
// with enableProxyingHttpRequest); [OnHTTP] guards it.
//
// The host ends the handler by SIGKILL, without any warning. So a handler
// keeps nothing in memory that it could not lose, and this package has no
// shutdown.
//
// The protocol is documented at "Azure Functions custom handlers"; what that
// page does not say is taken from the host's source (Azure/azure-functions-host).
package azfunc
