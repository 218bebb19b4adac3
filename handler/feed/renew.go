package feed

import (
	"context"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// The SDK's credentials give out a cached token until it nears its end and
// have no way to ask for another. Two ways round it:

// rebuilt is an application's credential. Its cache is its own, so that a
// credential built anew has to ask for a token.
type rebuilt struct {
	build func() (azcore.TokenCredential, error)

	mu      sync.Mutex
	current azcore.TokenCredential
}

func newRebuilt(build func() (azcore.TokenCredential, error)) (azcore.TokenCredential, error) {
	first, err := build()
	if err != nil {
		return nil, err
	}
	return &rebuilt{build: build, current: first}, nil
}

func (r *rebuilt) GetToken(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	r.mu.Lock()
	current := r.current
	r.mu.Unlock()
	return current.GetToken(ctx, options)
}

// Renew asks for a new token. Should that fail, the old credential stays.
func (r *rebuilt) Renew(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	next, err := r.build()
	if err != nil {
		return azcore.AccessToken{}, err
	}
	token, err := next.GetToken(ctx, options)
	if err != nil {
		return azcore.AccessToken{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current = next
	return token, nil
}

// identityCredential is the managed identity. The SDK keeps its tokens for the
// whole process, so that building it anew changes nothing; but it looks past
// them when claims are asked for, which on App Service and Functions it does
// not send. The platform may still answer with the token that it keeps itself.
type identityCredential struct {
	*azidentity.ManagedIdentityCredential
}

// anyClaims asks for nothing in particular.
const anyClaims = `{"access_token":{}}`

// Renew asks the platform for a token.
func (c identityCredential) Renew(ctx context.Context, options policy.TokenRequestOptions) (azcore.AccessToken, error) {
	options.Claims = anyClaims
	return c.GetToken(ctx, options)
}
