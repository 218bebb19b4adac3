package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// availability is how long content can be fetched at least, by the reference.
const availability = 7 * 24 * time.Hour

type wireContent struct {
	ContentType string `json:"contentType"`
	ID          string `json:"contentId"`
	Created     string `json:"contentCreated"`
	Expiration  string `json:"contentExpiration"`
}

// A page is a part of a listing.
type page struct {
	contents []audit.Content
	damage   error  // of the first row that cannot be read; the others are contents
	next     string // URI of the page after it; "" if this is the last
}

// parsePage reads a page of a listing. A row that does not say which content
// it is, or when it was made, is no reason to lose the others.
func parsePage(body []byte, contentType string) (page, error) {
	var rows []json.RawMessage
	if err := unmarshalArray(body, &rows); err != nil {
		return page{}, err
	}
	p := page{contents: make([]audit.Content, 0, len(rows))}
	for i, row := range rows {
		content, err := readRow(row, contentType)
		if err == nil {
			p.contents = append(p.contents, content)
		} else if p.damage == nil {
			p.damage = listError(Transient, fmt.Sprintf("row %d of %d: %v", i+1, len(rows), err))
		}
	}
	return p, nil
}

func readRow(row json.RawMessage, contentType string) (audit.Content, error) {
	var w wireContent
	if err := json.Unmarshal(row, &w); err != nil {
		return audit.Content{}, errors.New("not the object that it should be")
	}
	return w.content(contentType)
}

func (w wireContent) content(contentType string) (audit.Content, error) {
	if strings.TrimSpace(w.ID) == "" {
		return audit.Content{}, fmt.Errorf("no contentId")
	}
	created, err := parseTime(w.Created)
	if err != nil {
		return audit.Content{}, fmt.Errorf("contentCreated: %w", err)
	}
	expiration, err := parseTime(w.Expiration)
	if err != nil {
		expiration = created.Add(availability)
	}
	return audit.Content{ID: w.ID, Type: or(w.ContentType, contentType), Created: created, Expiration: expiration}, nil
}

// parseTime parses a time of a listing, and quotes it if it is invalid.
func parseTime(s string) (time.Time, error) {
	t, err := audit.ParseTime(strings.TrimSpace(s))
	if err != nil {
		return time.Time{}, fmt.Errorf("invalid time %q", clean(s))
	}
	return t, nil
}
