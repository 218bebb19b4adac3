package storage

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

func TestFailed(t *testing.T) {
	rejected := &azcore.ResponseError{StatusCode: 409, ErrorCode: "TableBeingDeleted"}
	for name, x := range map[string]struct {
		err  error
		want string
	}{
		"response":         {fmt.Errorf("secret: %w", rejected), "op: 409 TableBeingDeleted"},
		"own error":        {Rejected("first", 503, "ServerBusy"), "first: 503 ServerBusy"},
		"URL":              {&url.Error{Op: "Get", URL: "https://secret", Err: errors.New("refused")}, "op: refused"},
		"several lines":    {errors.New("no token\nsecret"), "op: no token"},
		"long text":        {errors.New(strings.Repeat("é", 200)), "op: " + strings.Repeat("é", 100)},
		"canceled":         {context.Canceled, "op: context canceled"},
		"response unclear": {Unclear("op"), "op: no response says whether it was applied"},
	} {
		if got := Failed("op", x.err); got == nil || got.Error() != x.want {
			t.Errorf("%s: %v, want %s", name, got, x.want)
		}
	}
	if err := Failed("op", nil); err != nil {
		t.Errorf("no error: %v", err)
	}
}

func TestErrorClasses(t *testing.T) {
	for name, x := range map[string]struct {
		err                               error
		unavailable, denied, beingDropped bool
	}{
		"throttled":       {Rejected("op", 503, "ServerBusy"), true, false, false},
		"no response":     {Failed("op", errors.New("refused")), true, false, false},
		"timeout":         {Failed("op", context.DeadlineExceeded), true, false, false},
		"canceled":        {Failed("op", context.Canceled), false, false, false},
		"forbidden":       {Rejected("op", 403, "AuthorizationFailure"), false, true, false},
		"unauthenticated": {Rejected("op", 401, ""), false, true, false},
		"being dropped":   {Rejected("op", 409, "TableBeingDeleted"), true, false, true},
		"invalid":         {Rejected("op", 400, "InvalidInput"), false, false, false},
		"another error":   {errors.New("x"), false, false, false},
	} {
		err := fmt.Errorf("wrapped: %w", x.err)
		if Unavailable(err) != x.unavailable || Denied(err) != x.denied || BeingDropped(err) != x.beingDropped {
			t.Errorf("%s: unavailable %v, denied %v, being dropped %v", name, Unavailable(err), Denied(err), BeingDropped(err))
		}
	}
}

func TestHasCode(t *testing.T) {
	response := fmt.Errorf("wrapped: %w", &azcore.ResponseError{StatusCode: 404, ErrorCode: "TableNotFound"})
	for _, err := range []error{response, Rejected("op", 404, "TableNotFound")} {
		if !HasCode(err, aztables.TableAlreadyExists, aztables.TableNotFound) || HasCode(err, aztables.TableAlreadyExists) {
			t.Errorf("%v", err)
		}
	}
	if HasCode(errors.New("TableNotFound"), aztables.TableNotFound) {
		t.Error("a text is not a code")
	}
}

func TestCost(t *testing.T) {
	ctx, cost := WithCost(t.Context())
	CostOf(ctx).AddRequest()
	CostOf(ctx).AddRows(3)
	CostOf(t.Context()).AddRequest() // counts nowhere
	if cost.Requests() != 1 || cost.Rows() != 3 {
		t.Errorf("%d requests, %d rows", cost.Requests(), cost.Rows())
	}
}
