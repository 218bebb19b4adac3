package query

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
)

// openAPI describes this API in OpenAPI 3.1.1. Its info.version is
// versionPlaceholder. To generate it again from the tables and types of this
// package:
//
//	go test ./handler/query -run OpenAPI -update
//
//go:embed openapi.json
var openAPI []byte

const versionPlaceholder = "VERSION"

// describe answers /api/v1/openapi.json. It reads no storage.
func (h *handler) describe(r *http.Request) (response, error) {
	if _, err := readQuery(r.URL.RawQuery, nil); err != nil {
		return response{}, err
	}
	body, err := openAPIOf(h.Version)
	return response{status: http.StatusOK, body: text(body)}, err
}

// openAPIOf returns the description, on one line, for a version of labeltrail.
func openAPIOf(version string) ([]byte, error) {
	member := func(version string) []byte {
		quoted, _ := json.Marshal(version) // a string can always be encoded
		return fmt.Appendf(nil, `"version":%s`, quoted)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, openAPI); err != nil {
		return nil, fmt.Errorf("compact openapi.json: %w", err)
	}
	return bytes.Replace(compact.Bytes(), member(versionPlaceholder), member(version), 1), nil
}
