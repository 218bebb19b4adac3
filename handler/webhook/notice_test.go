package webhook

import (
	"testing"
	"time"
)

// Whatever comes in, what comes out is a content that may be asked for.
func FuzzNotices(f *testing.F) {
	f.Add([]byte(`[{"tenantId":"t","contentType":"Audit.General","contentId":"a$b","contentCreated":"2026-11-21T09:30:00.000Z"}]`))
	f.Add([]byte(`[{"tenantId":"T","contentType":"audit.general","contentId":"..","contentCreated":"2026-11-21T09:30:00"}]`))
	f.Add([]byte(`[{}]`))
	f.Add([]byte(`{"validationCode":"x"}`))
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	h := &Webhook{Tenant: "t", ContentTypes: []string{"Audit.General"}, Now: func() time.Time { return now }}
	f.Fuzz(func(t *testing.T, body []byte) {
		notices, err := decode(body)
		if err != nil && len(notices) > 0 {
			t.Fatal("notices beside an error")
		}
		for _, n := range notices {
			c, ok := h.content(n)
			if !ok {
				continue
			}
			if c.Type != "Audit.General" || !contentID.MatchString(c.ID) {
				t.Errorf("content %+v", c)
			}
			if age := now.Sub(c.Created); age > oldest || age < -ahead || !c.Expiration.After(c.Created) {
				t.Errorf("content %+v", c)
			}
		}
	})
}
