package feed

import (
	"net/url"
	"time"
)

// timeLayout is how the API is given a time: UTC and without a zone, since a
// literal + would arrive as a space.
const timeLayout = "2006-01-02T15:04:05"

// feedPath is the path under which all operations of the tenant lie.
func (c *Client) feedPath(version string) string {
	return "/api/" + version + "/" + c.tenant + "/activity/feed/"
}

// operationURL is the URL of an operation. PublisherIdentifier belongs on
// every call: without it the quota is shared with all the world.
func (c *Client) operationURL(operation string, query url.Values) *url.URL {
	query.Set("PublisherIdentifier", c.publisher)
	u := *c.root
	u.Path = c.feedPath("v1.0") + operation
	u.RawQuery = query.Encode()
	return &u
}

// windowURL is the URL of the first page of a listing.
func (c *Client) windowURL(contentType string, start, end time.Time) *url.URL {
	return c.operationURL("subscriptions/content", url.Values{
		"contentType": {contentType},
		"startTime":   {start.UTC().Format(timeLayout)},
		"endTime":     {end.UTC().Format(timeLayout)},
	})
}

// contentURL is the URL of a content, made of its id alone. The id is one
// segment of the path, whatever is in it, and its $ signs stay as they are,
// as the API wants them; url.PathEscape sees to both.
func (c *Client) contentURL(contentID string) *url.URL {
	u := c.operationURL("audit/"+contentID, url.Values{})
	u.RawPath = c.feedPath("v1.0") + "audit/" + url.PathEscape(contentID)
	return u
}
