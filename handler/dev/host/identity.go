package host

// identity is a .NET ClaimsIdentity as it comes out in JSON.
type identity struct {
	AuthenticationType *string
	IsAuthenticated    bool
	Actor              *string
	BootstrapContext   *string
	Claims             []claim
	Label              *string
	Name               *string
	NameClaimType      string
	RoleClaimType      string
}

type claim struct {
	Issuer         string
	OriginalIssuer string
	Properties     struct{}
	Type           string
	Value          string
	ValueType      string
}

// identity is that of the caller's key, or the anonymous one.
func (c httpCall) identity() identity {
	id := identity{
		Claims:        []claim{},
		NameClaimType: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
		RoleClaimType: "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
	}
	if c.level == levelNone {
		return id
	}
	scheme := "WebJobsAuthLevel"
	id.AuthenticationType, id.IsAuthenticated = &scheme, true
	id.Claims = []claim{
		newClaim("authlevel", c.level.String()),
		newClaim("invoke", "true"),
		newClaim("keyid", c.keyName),
	}
	return id
}

func newClaim(name, value string) claim {
	return claim{
		Issuer:         "LOCAL AUTHORITY",
		OriginalIssuer: "LOCAL AUTHORITY",
		Type:           "http://schemas.microsoft.com/2017/07/functions/claims/" + name,
		Value:          value,
		ValueType:      "http://www.w3.org/2001/XMLSchema#string",
	}
}
