package pull_test

import (
	"bytes"
	"io"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
)

// loginCall names a call to the token endpoint.
func loginCall(*http.Request) string { return "API token" }

// apiCall names a call to the API.
func apiCall(r *http.Request) string {
	if strings.Contains(r.URL.Path, "/audit/") {
		return "API fetch " + strings.Split(path.Base(r.URL.Path), "$")[1]
	}
	return "API " + r.Method + " " + path.Base(r.URL.Path)
}

// storageCall names a call to storage.
func storageCall(r *http.Request) string {
	_, resource, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/") // behind the account
	table, _, _ := strings.Cut(resource, "(")
	switch {
	case resource == "$batch":
		return "transaction " + transactionName(r)
	case resource == "Tables" && r.Method == http.MethodPost:
		return "make table " + created.FindStringSubmatch(readBody(r))[1]
	case resource == "Tables":
		return "GET tables"
	case resource == "raw":
		return r.Method + " container"
	case strings.HasPrefix(resource, "raw/"):
		return r.Method + " blob " + path.Base(resource)[:6]
	case !strings.HasSuffix(resource, "()"):
		return "read " + table + "/" + partition.FindStringSubmatch(resource)[1]
	case strings.Contains(r.URL.Query().Get("$filter"), "'p_"):
		return "query pending of " + table
	}
	return "query " + table
}

var (
	created   = regexp.MustCompile(`"TableName":"(\w+)"`)
	partition = regexp.MustCompile(`PartitionKey"?[:=]["']([^"']*)["']`)
	change    = regexp.MustCompile(`\n(POST|PUT|DELETE) \S*/(\w+)[(?]`)
)

// transactionName tells a transaction's table and partition, and what it does
// to rows: POST inserts, PUT replaces.
func transactionName(r *http.Request) string {
	body := readBody(r)
	var verbs []string
	table := ""
	for _, m := range change.FindAllStringSubmatch(body, -1) {
		if table = m[2]; !slices.Contains(verbs, m[1]) {
			verbs = append(verbs, m[1])
		}
	}
	return table + "/" + partition.FindStringSubmatch(body)[1] + " " + strings.Join(verbs, " ")
}

// readBody reads the body of a request that is still to be sent.
func readBody(r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return string(body)
}
