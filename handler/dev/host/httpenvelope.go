package host

import (
	"encoding/base64"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// httpCall is a request to an HTTP function with what the front knows of it.
type httpCall struct {
	request *http.Request
	values  routeValues
	level   level  // of the caller's key
	keyName string // "" without a valid key
	body    []byte // default mode only
}

// httpRequestData is the value of an httpTrigger in default mode.
type httpRequestData struct {
	Url        string
	Method     string
	Query      map[string]string
	Headers    map[string][]string
	Params     map[string]*string
	Identities []identity
	Body       *string `json:",omitempty"`
}

// httpEnvelope is what an HTTP function is sent unless its requests are
// proxied or forwarded. Headers, query and body are in it twice, keys and
// cookies included.
func httpEnvelope(t *HTTPTrigger, call httpCall, sys system) envelope {
	return envelope{
		Data:     map[string]any{t.Binding: call.data()},
		Metadata: call.metadata(sys),
	}
}

func (c httpCall) data() httpRequestData {
	r := c.request
	data := httpRequestData{
		Url:        "http://" + r.Host + r.URL.RequestURI(),
		Method:     r.Method,
		Query:      queryOf(r.URL).joined(),
		Headers:    allHeaders(r),
		Params:     c.values,
		Identities: []identity{c.identity()},
	}
	if len(c.body) > 0 {
		text := string(c.body)
		if isBinary(r.Header.Get("Content-Type")) {
			text = base64.StdEncoding.EncodeToString(c.body)
		}
		data.Body = &text
	}
	return data
}

// allHeaders has Host among the headers, as ASP.NET Core does.
func allHeaders(r *http.Request) map[string][]string {
	headers := maps.Clone(map[string][]string(r.Header))
	headers["Host"] = []string{r.Host}
	return headers
}

func isBinary(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && (mediaType == "application/octet-stream" || strings.Contains(mediaType, "multipart/"))
}

// metadata is the binding data: members of a JSON body, then the query, then
// route parameters, a later one replacing an earlier one of the same name in
// any case; then Query and Headers unless there is such a name.
func (c httpCall) metadata(sys system) map[string]any {
	m := bindingData{}
	m.addBody(c.body)
	query := queryOf(c.request.URL)
	for _, p := range query {
		if !strings.EqualFold(p.name, "code") {
			m.set(p.name, strings.Join(p.values, ","))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.values)) {
		if value := c.values[name]; value != nil {
			m.set(name, *value)
		}
	}
	m.setDefault("Query", query.joined())
	headers := map[string]string{}
	for name, values := range allHeaders(c.request) {
		headers[name] = strings.Join(values, ",")
	}
	m.setDefault("Headers", headers)
	if m.find("sys") < 0 {
		m.set("sys", sys)
	} else { // the request's own comes first
		m.set("$sys", sys)
	}
	return m.encoded()
}

// queryParameter is a parameter with all its values, under the name that came
// first: names are the same in any case.
type queryParameter struct {
	name   string
	values []string
}

type query []queryParameter

func queryOf(u *url.URL) query {
	var q query
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		q = q.add(unescape(name), unescape(value))
	}
	return q
}

func (q query) add(name, value string) query {
	for i := range q {
		if strings.EqualFold(q[i].name, name) {
			q[i].values = append(q[i].values, value)
			return q
		}
	}
	return append(q, queryParameter{name, []string{value}})
}

// joined has the values of a repeated parameter separated by commas.
func (q query) joined() map[string]string {
	joined := map[string]string{}
	for _, p := range q {
		joined[p.name] = strings.Join(p.values, ",")
	}
	return joined
}

// unescape leaves alone what is no valid escape, as ASP.NET Core does.
func unescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}
