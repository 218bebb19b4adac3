package webhook

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/feed"
)

// maxNotifications limits the ledger entries of one request. Microsoft does not
// say how many notifications it sends at once; about 2,000 fit in a body of
// 1 MiB.
const maxNotifications = 2_000

// maxAge is the greatest age of a notified content blob. One that the API no
// longer lists cannot be new; a day is allowed for delays and clocks. Together
// with clock.MaxLead it keeps forged notifications out of the tables of other
// months.
const maxAge = feed.LookBack + 24*time.Hour

var errTooMany = errors.New("too many notifications")

// A notification announces one new content blob. The members contentUri,
// clientId and contentExpiration are not read; the last because it would let
// the sender decide which content blobs are ingested first.
type notification struct {
	TenantID       string `json:"tenantId"`
	ContentType    string `json:"contentType"`
	ContentID      string `json:"contentId"`
	ContentCreated string `json:"contentCreated"`
}

// decode parses a request's body. A member of the wrong type makes the whole
// body invalid.
func decode(body []byte) ([]notification, error) {
	var notifications []notification
	if err := json.Unmarshal(body, &notifications); err != nil || notifications == nil {
		return nil, errors.New("body is not a JSON array of notifications")
	}
	if len(notifications) > maxNotifications {
		return nil, errTooMany
	}
	return notifications, nil
}

// contentID matches content ids: digits, names and shards, joined by "$".
var contentID = regexp.MustCompile(`^[A-Za-z0-9$_.\-]{1,512}$`)

// content returns the content blob that n announces. It reports false if n
// concerns another tenant or a content type that is not pulled, or is invalid.
func (h *Handler) content(n notification) (audit.Content, bool) {
	i := slices.IndexFunc(h.cfg.ContentTypes, func(t string) bool { return strings.EqualFold(t, n.ContentType) })
	created, err := audit.ParseTime(n.ContentCreated)
	if !strings.EqualFold(n.TenantID, h.cfg.Tenant) || i < 0 || err != nil || !contentID.MatchString(n.ContentID) {
		return audit.Content{}, false
	}
	if age := h.cfg.Now().Sub(created); age > maxAge || age < -clock.MaxLead {
		return audit.Content{}, false
	}
	return audit.Content{ID: n.ContentID, Type: h.cfg.ContentTypes[i], Created: created, Expiration: created.Add(feed.Availability)}, true
}
