package webhook

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// maxNotices bounds the ledger entries of one request. Microsoft does not say
// how many notices it sends at once; a body of 1 MiB holds some two thousand.
const maxNotices = 2_000

// What a content's times may be, so that no notice reaches tables of months
// that the API lists nothing of.
const (
	oldest   = 8 * 24 * time.Hour // the API lists seven days
	ahead    = time.Hour          // of a clock
	lifetime = 7 * 24 * time.Hour // that the API documents for a content
)

var errTooMany = errors.New("too many notices")

// A notice is what the API says of one new content. Its contentUri and
// clientId are not read, nor is its contentExpiration: a content's lifetime
// decides its turn.
type notice struct {
	TenantID       string `json:"tenantId"`
	ContentType    string `json:"contentType"`
	ContentID      string `json:"contentId"`
	ContentCreated string `json:"contentCreated"`
}

// decode reads a body of notices. A notice of which a field has the wrong
// type makes the body one that is not understood.
func decode(body []byte) ([]notice, error) {
	var notices []notice
	if err := json.Unmarshal(body, &notices); err != nil || notices == nil {
		return nil, errors.New("body is no JSON array of notices")
	}
	if len(notices) > maxNotices {
		return nil, errTooMany
	}
	return notices, nil
}

// contentID is what ids look like: digits, names and shards, joined by "$".
var contentID = regexp.MustCompile(`^[A-Za-z0-9$_.\-]{1,512}$`)

// content is the content that a notice speaks of; false for one that is none
// of this trail's.
func (h *Webhook) content(n notice) (audit.Content, bool) {
	i := slices.IndexFunc(h.ContentTypes, func(t string) bool { return strings.EqualFold(t, n.ContentType) })
	created, err := audit.ParseTime(n.ContentCreated)
	if !strings.EqualFold(n.TenantID, h.Tenant) || i < 0 || err != nil || !contentID.MatchString(n.ContentID) {
		return audit.Content{}, false
	}
	if age := h.Now().Sub(created); age > oldest || age < -ahead {
		return audit.Content{}, false
	}
	return audit.Content{ID: n.ContentID, Type: h.ContentTypes[i], Created: created, Expiration: created.Add(lifetime)}, true
}
