// Package feed is the client of the Office 365 Management Activity API: the
// only package that knows its URLs, its errors and its moods.
//
// A [Client] lists and starts subscriptions, lists the content of a window and
// fetches content. Each call is paced below a ceiling of requests, authorised,
// tried again where a second try is honest, and answered with a result or with
// an [*Error] whose [Class] says what the caller can do about it. A failure is
// never an empty result: an empty or odd body where the API answers an array
// is an error.
//
// The token goes to the configured root alone, its scheme, host and port.
// No address that the API or anyone else sends is followed: content is asked
// for by its id, a further page by a URL that was checked and rebuilt, and a
// redirect is an error.
//
// The API is described by "Office 365 Management Activity API reference" and
// "Troubleshooting the Office 365 Management Activity API"; what a comment
// calls seen in the field is in neither.
package feed
