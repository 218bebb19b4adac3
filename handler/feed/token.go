package feed

import (
	"context"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// A renewer is a credential that can be made to ask for a new token although
// it holds one that it thinks is good. Those of [NewCredential] are.
type renewer interface {
	Renew(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error)
}

// tokens gives out bearer tokens for the API. The credential caches them; a
// token is asked for with each request and never kept here.
type tokens struct {
	credential azcore.TokenCredential
	scope      string
	now        func() time.Time
	renewing   sync.Mutex
}

func (t *tokens) options() policy.TokenRequestOptions {
	return policy.TokenRequestOptions{Scopes: []string{t.scope}}
}

func (t *tokens) get(ctx context.Context) (string, error) {
	token, err := t.credential.GetToken(ctx, t.options())
	if err != nil {
		return "", tokenError(ctx, err, t.now())
	}
	return token.Token, nil
}

// renew replaces a token that the API refused. Of many requests that were
// refused with the same token, one renews it and the others find it renewed. A
// credential that is no renewer is left to itself.
func (t *tokens) renew(ctx context.Context, refused string) error {
	t.renewing.Lock()
	defer t.renewing.Unlock()
	current, err := t.get(ctx)
	if err != nil || current != refused {
		return err
	}
	r, ok := t.credential.(renewer)
	if !ok {
		return nil
	}
	if _, err := r.Renew(ctx, t.options()); err != nil {
		return tokenError(ctx, err, t.now())
	}
	return nil
}
