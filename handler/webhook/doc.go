// Package webhook is the HTTP function that receives the Management Activity
// API's notifications of new content blobs. A notified content blob need not
// wait until package pull lists it: the next tick ingests it.
//
// A notification is only a hint. Anyone who knows the webhook's address and its
// AuthID can send one, so nothing in it is trusted or followed. The handler does
// not read contentUri: the content blob is fetched by its id from the configured
// API. Pull finds every content blob without notifications. The worst effect of
// a forged notification is one request for a content blob that does not exist.
//
// The protocol is described in "Office 365 Management Activity API reference",
// Webhook validation and Notifications.
package webhook
