// Package webhook is the HTTP function that the Management Activity API
// notifies of new content. A notice lets the next tick of package pull ingest
// a content without waiting for it to be listed.
//
// A notice is a hint and nothing more. Whoever knows the webhook's address
// and its AuthID can send one, so nothing in it is trusted or followed: its
// contentUri is not even read, a content is asked for by its id at the
// configured API, and pull finds every content without any notice. What a
// notice can cause is one request for a content that does not exist.
//
// The protocol is that of "Office 365 Management Activity API reference",
// Webhook validation and Notifications.
package webhook
