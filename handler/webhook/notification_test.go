package webhook

import (
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/clock"
)

// Any body yields only content blobs that may be fetched.
func FuzzContent(f *testing.F) {
	f.Add([]byte(`[{"tenantId":"t","contentType":"Audit.General","contentId":"a$b","contentCreated":"2026-11-21T09:30:00.000Z"}]`))
	f.Add([]byte(`[{"tenantId":"T","contentType":"audit.general","contentId":"..","contentCreated":"2026-11-21T09:30:00"}]`))
	f.Add([]byte(`[{}]`))
	f.Add([]byte(`{"validationCode":"x"}`))
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	h := &Handler{Config{Tenant: "t", ContentTypes: []string{"Audit.General"}, Now: func() time.Time { return now }}}
	f.Fuzz(func(t *testing.T, body []byte) {
		notifications, err := decode(body)
		if err != nil && len(notifications) > 0 {
			t.Fatal("notifications with an error")
		}
		for _, n := range notifications {
			c, ok := h.content(n)
			if !ok {
				continue
			}
			if c.Type != "Audit.General" || !contentID.MatchString(c.ID) {
				t.Errorf("content %+v", c)
			}
			if age := now.Sub(c.Created); age > maxAge || age < -clock.MaxLead || !c.Expiration.After(c.Created) {
				t.Errorf("content %+v", c)
			}
		}
	})
}
