package feed

import "time"

// Limits of the API that its callers must know. They come from "Office 365
// Management Activity API reference".
const (
	// LookBack is how far back the API lists: a window must not start earlier.
	LookBack = 7 * 24 * time.Hour

	// LongestWindow is the longest window that List accepts. The API has been
	// seen to answer a longer one with a part of its content blobs and no
	// error.
	LongestWindow = 24 * time.Hour

	// Availability is the least time, from its creation on, for which a
	// content blob can be fetched.
	Availability = 7 * 24 * time.Hour

	// StartInterval is the least time between two start requests of one
	// subscription.
	StartInterval = 15 * time.Minute
)
