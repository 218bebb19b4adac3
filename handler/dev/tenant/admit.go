package tenant

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// authorize checks that a call's token is valid, is for this API and tenant, and
// carries the permission.
func (t *Tenant) authorize(c *call) *apiError {
	token, found := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if !found {
		return unauthorized()
	}
	who, err := unseal(t.identity.key, token)
	if err != nil || !t.isValid(who, c.now.Unix()) {
		return unauthorized()
	}
	tenant := c.r.PathValue("tenant")
	switch {
	case !isGUID(tenant):
		return newError(http.StatusBadRequest, "AF20013", "The tenant ID passed in the URL (%s) is not a valid GUID.", tenant)
	case !strings.EqualFold(tenant, who.Tenant):
		return newError(http.StatusUnauthorized, "AF20010", "The tenant ID passed in the URL (%s) does not match the tenant ID passed in the access token (%s).", tenant, who.Tenant)
	case len(who.Roles) == 0:
		return newError(http.StatusUnauthorized, "AF10001", "The permission set () sent in the request does not include the expected permission (ActivityFeed.Read).")
	case t.config.AuditingOff:
		return t.auditingOff(c)
	}
	return nil
}

// isValid reports whether a token is for this API, is not revoked and has not
// expired.
func (t *Tenant) isValid(who claims, now int64) bool {
	t.identity.mu.Lock()
	revoked := who.Number <= t.identity.revoked
	t.identity.mu.Unlock()
	audience := strings.TrimRight(who.Audience, "/")
	api := strings.HasPrefix(audience, "https://manage") || audience == t.url
	return api && !revoked && who.Begins <= now && now < who.Expires
}

// auditingOff is the response of a tenant whose unified audit log is off. The
// text is split between code and message in the middle, as seen in the field.
func (t *Tenant) auditingOff(c *call) *apiError {
	id := t.config.TenantID
	return newError(http.StatusBadRequest,
		"StartSubscription [CorrId="+zeroGUID+"][TenantId="+id+",ContentType="+c.query["contenttype"]+",ApplicationId="+t.identity.clientID+",PublisherId="+c.publisher+"][AppId",
		"%s] failed. Exception: Microsoft.Office.Compliance.Audit.DataServiceException: Tenant %s does not exist.\r\n   at Microsoft.Office.Compliance.Audit.API.AzureManager.<GetSubscriptionTableClientForTenantAsync>d__52.MoveNext()",
		t.identity.clientID[1:], id)
}

// quota throttles calls with one token bucket for the clients that name their
// publisher, and a smaller one that all others share. A minute refills both.
type quota struct {
	mu      sync.Mutex
	named   bucket
	unnamed bucket
}

type bucket struct {
	tokens float64
	filled time.Time // last refill
}

// withdraw removes a token from a bucket of size perMinute. It reports whether
// there was one.
func (b *bucket) withdraw(now time.Time, perMinute float64) bool {
	if b.filled.IsZero() {
		b.tokens = perMinute
	}
	if elapsed := now.Sub(b.filled).Minutes(); elapsed > 0 {
		b.tokens = min(b.tokens+elapsed*perMinute, perMinute)
		b.filled = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// admit throttles a call that exceeds the quota.
func (t *Tenant) admit(c *call) *apiError {
	perMinute := float64(t.config.RequestsPerMinute)
	if perMinute < 0 {
		return nil
	}
	t.quota.mu.Lock()
	defer t.quota.mu.Unlock()
	admitted := false
	if c.publisher == zeroGUID {
		admitted = t.quota.unnamed.withdraw(c.now, perMinute/10)
	} else {
		admitted = t.quota.named.withdraw(c.now, perMinute)
	}
	if !admitted {
		return tooMany(quotaMethod(c.operation), c.publisher)
	}
	return nil
}

// quotaMethod returns the name of an operation in a throttling response.
func quotaMethod(op Operation) string {
	switch op {
	case OpAudit:
		return "GetBlob"
	case OpContent:
		return "ListContent"
	case OpStart:
		return "StartSubscription"
	}
	return "GET"
}
