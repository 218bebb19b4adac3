package feed

import (
	"context"
	"net/http"
)

// Content fetches a content by its id: the body's bytes exactly as they were
// sent, after transfer encoding and compression. They are an array of audit
// records if all is well; a body that is something else, and neither empty nor
// an error, is returned too, since it may be all there will ever be.
func (c *Client) Content(ctx context.Context, contentID string) ([]byte, error) {
	const operation = "fetch content"
	if contentID == "" || contentID == "." || contentID == ".." {
		return nil, &Error{Operation: operation, Class: Gone, Message: "not the id of any content"}
	}
	a, err := c.do(ctx, request{
		operation: operation,
		method:    http.MethodGet,
		url:       c.contentURL(contentID),
		notFound:  Gone,
		accept:    notEmpty,
	})
	return a.body, err
}

// notEmpty: content without records has not been seen and would not be listed,
// while empty bodies have, from failing servers.
func notEmpty(body []byte) error {
	if isEmpty(body) {
		return errEmpty
	}
	return nil
}
