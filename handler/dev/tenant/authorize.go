package tenant

import (
	"net/http"
	"strings"
)

// authorize checks a call's token: that it is valid, for this API and tenant,
// and carries the permission.
func (t *Tenant) authorize(c *call) *apiError {
	token, found := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	if !found {
		return unauthorized()
	}
	who, err := unseal(t.identity.key, token)
	if err != nil || !t.valid(who, c.now.Unix()) {
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

// valid reports whether a token is for this API and lives.
func (t *Tenant) valid(who claims, now int64) bool {
	t.identity.mu.Lock()
	revoked := who.Number <= t.identity.revoked
	t.identity.mu.Unlock()
	audience := strings.TrimRight(who.Audience, "/")
	api := strings.HasPrefix(audience, "https://manage") || audience == t.url
	return api && !revoked && who.Begins <= now && now < who.Expires
}

// auditingOff is what a tenant answers whose unified audit log is off. Code and
// message are cut in the middle, as they have been seen.
func (t *Tenant) auditingOff(c *call) *apiError {
	id := t.config.TenantID
	return newError(http.StatusBadRequest,
		"StartSubscription [CorrId="+zeroGUID+"][TenantId="+id+",ContentType="+c.query["contenttype"]+",ApplicationId="+t.identity.clientID+",PublisherId="+c.publisher+"][AppId",
		"%s] failed. Exception: Microsoft.Office.Compliance.Audit.DataServiceException: Tenant %s does not exist.\r\n   at Microsoft.Office.Compliance.Audit.API.AzureManager.<GetSubscriptionTableClientForTenantAsync>d__52.MoveNext()",
		t.identity.clientID[1:], id)
}
