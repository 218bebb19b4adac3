/*
Package search asks a deployment's query API for events, over HTTPS, and
writes all pages of the answer as one.

A page is received whole into a temporary file before any of it is written, so
a page that is requested again repeats no row. Rows are written byte for byte
as the API sent them.

The function key and the token go to the configured origin alone. Redirects
are not followed, and a next page elsewhere is an error.
*/
package search
