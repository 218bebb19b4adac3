package feed

import (
	"context"
	"net/http"
)

// Content fetches a content blob by its id. It returns the bytes of the body as
// sent, without transfer encoding and compression.
//
// The body is normally an array of audit records. Content also returns a body
// of another form, unless it is empty or an error of the API, because it may be
// all that the API will ever send.
func (c *Client) Content(ctx context.Context, contentID string) ([]byte, error) {
	const operation = "fetch content"
	if contentID == "" || contentID == "." || contentID == ".." {
		return nil, &Error{Operation: operation, Class: Gone, Message: "invalid content id"}
	}
	resp, err := c.do(ctx, request{
		operation: operation,
		method:    http.MethodGet,
		url:       c.contentURL(contentID),
		notFound:  Gone,
		accept:    rejectEmpty,
	})
	return resp.body, err
}

// rejectEmpty returns an error for an empty body. Failing servers have been
// seen to send one, while a content blob without records has not been seen.
func rejectEmpty(body []byte) error {
	if isEmpty(body) {
		return errEmpty
	}
	return nil
}
