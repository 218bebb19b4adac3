package tenant

import (
	"net/http"
	"strings"
)

// listInfoTypes answers with the kinds of sensitive information. As in the
// reference's sample, the last element is empty.
func (t *Tenant) listInfoTypes(c *call) *apiError {
	language := c.r.Header.Get("Accept-Language")
	if strings.Contains(language, ",") {
		return newError(http.StatusBadRequest, "AF20053", "There can be only one language specified in Accept-Language header.")
	}
	if strings.ContainsAny(language, " ;*_") {
		return newError(http.StatusBadRequest, "AF20054", "The syntax of the Accept-Language header is invalid.")
	}
	o := object{[]byte{'['}}
	for _, i := range infoTypes {
		o.open()
		o.text("id", i.id)
		o.text("name", i.name)
		o.close()
		o.buf = append(o.buf, ',')
	}
	c.w.Write(append(o.buf, "{}]"...))
	return nil
}
