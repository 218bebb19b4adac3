package audit

import "time"

// Content names one content blob of the Management Activity API: an array of
// audit records that became available together. The four fields are what the
// API's listing says of it; nothing is derived from the ID, which is opaque.
type Content struct {
	ID         string    // contentId
	Type       string    // contentType, such as "Audit.General"
	Created    time.Time // contentCreated, UTC: when the content became available, not when its events happened
	Expiration time.Time // contentExpiration, UTC: after this it can no longer be retrieved
}
