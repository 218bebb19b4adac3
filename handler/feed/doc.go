// Package feed is the client of the Office 365 Management Activity API. It is
// the only package that knows the API's URLs and error codes. A caller finds
// here the classes of errors and the limits of the API that concern it.
//
// A [Client] lists and starts subscriptions, lists the content blobs of a time
// window, and fetches a content blob. Each call stays below a ceiling of
// requests, carries a token, and is retried where a retry can help. It returns
// a result or an [*Error] whose [Class] says what the caller can do about it.
// An error is never an empty result: an empty or malformed body where the API
// documents an array is an error.
//
// The token is sent to the configured root only: its scheme, host and port.
// The client follows no address that it receives. It fetches a content blob by
// its id, checks and rebuilds the URL of a further page, and treats a redirect
// as an error.
//
// The API is described in "Office 365 Management Activity API reference" and
// "Troubleshooting the Office 365 Management Activity API". Comments that say
// "seen in the field" describe behavior that neither document mentions.
package feed
