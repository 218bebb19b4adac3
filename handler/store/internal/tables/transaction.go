package tables

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// InFlight is how many transactions one call of a writer sends at a time.
const InFlight = 6

// MaxRounds is how often a writer whose transaction was not applied reads what is
// stored and writes the rest.
const MaxRounds = 8

// MaxAttempts is how often a transaction is sent while the service has no time
// for it.
const MaxAttempts = 6

// An Operation changes one entity. A transaction applies all of its operations or
// none.
type Operation struct {
	kind   aztables.TransactionType
	entity *Entity
	etag   azcore.ETag // the stored entity must have it; "": no condition
}

// Insert adds an entity. It clashes if the entity is stored already.
func Insert(e *Entity) Operation { return Operation{aztables.TransactionTypeAdd, e, ""} }

// Put adds an entity, or replaces the whole of the stored one.
func Put(e *Entity) Operation { return Operation{aztables.TransactionTypeInsertReplace, e, ""} }

// Replace replaces the whole of an entity. It clashes unless the entity is stored
// with this ETag; azcore.ETagAny stands for any ETag.
func Replace(e *Entity, etag azcore.ETag) Operation {
	return Operation{aztables.TransactionTypeUpdateReplace, e, etag}
}

// Delete deletes an entity. It clashes if the entity is not stored.
func Delete(partition, key string) Operation {
	return Operation{aztables.TransactionTypeDelete, NewEntity(partition, key), azcore.ETagAny}
}

// action returns the operation for the SDK. A replacement needs an IfMatch: the
// service would insert the entity otherwise.
func (o Operation) action() aztables.TransactionAction {
	a := aztables.TransactionAction{ActionType: o.kind, Entity: o.entity.JSON()}
	if o.etag != "" {
		a.IfMatch = &o.etag
	}
	return a
}

// A Verdict is what is known of a transaction that did not fail with an error.
type Verdict uint8

const (
	// Applied means that every operation is stored.
	Applied Verdict = iota + 1
	// Clashed means that nothing is stored: an entity existed, was missing or had
	// changed. It may have been an earlier attempt of the same call that stored it
	// and whose response was lost. Read what is stored, then decide.
	Clashed
	// Unknown means that the response does not say. Read what is stored, then
	// decide.
	Unknown
)

// Submit sends ops as one transaction. It creates the table if it is missing, and
// sends the transaction again while the service has no time for it.
func (t Table) Submit(ctx context.Context, ops []Operation) (Verdict, error) {
	operation := "write " + t.Name
	if err := checkTransaction(ops); err != nil {
		return 0, fmt.Errorf("%s: %w", operation, err)
	}
	for attempt := 1; ; attempt++ {
		reply, err := t.send(ctx, ops)
		switch {
		case err != nil && !storage.HasCode(err, aztables.TableNotFound):
			return 0, storage.Failed(operation, err)
		case err != nil || reply.code == aztables.TableNotFound:
			if err := t.create(ctx); err != nil {
				return 0, err
			}
		case reply.status == 0:
			return Unknown, nil
		case reply.status < 300:
			return Applied, nil
		case reply.isClash():
			return Clashed, nil
		case !storage.Temporary(reply.status, string(reply.code)):
			return 0, storage.Rejected(fmt.Sprintf("%s, operation %d", operation, reply.index), reply.status, string(reply.code))
		}
		if attempt == MaxAttempts {
			return 0, storage.Rejected(operation, reply.status, string(reply.code))
		}
		if err := t.backoff(ctx, reply, attempt); err != nil {
			return 0, storage.Failed(operation, err)
		}
	}
}

// backoff waits before the next attempt. It does not wait if the first attempt
// only found that the table was missing.
func (t Table) backoff(ctx context.Context, r reply, attempt int) error {
	if attempt == 1 && (r.status == 0 || r.code == aztables.TableNotFound) {
		return nil
	}
	return t.service.Backoff(ctx, attempt)
}

// send sends ops once; the SDK itself repeats broken connections and rejections
// of the whole request. The reply comes from the response's body, because the SDK
// reports a rejected transaction as 202 without a code, takes missing parts for
// success, and panics on an empty body.
func (t Table) send(ctx context.Context, ops []Operation) (reply, error) {
	actions := make([]aztables.TransactionAction, len(ops))
	for i, o := range ops {
		actions[i] = o.action()
	}
	var response *http.Response
	err := t.call(runtime.WithCaptureResponse(ctx, &response), actions)
	if response == nil || response.StatusCode != http.StatusAccepted {
		if errors.Is(err, errPanic) {
			err = nil // the reply is unknown
		}
		return reply{}, err
	}
	body, err := runtime.Payload(response)
	if err != nil {
		return reply{}, nil // unknown: the body did not arrive
	}
	return parseReply(body, len(ops)), nil
}

var errPanic = errors.New("the SDK cannot read the response")

// call turns the SDK's panic into errPanic.
func (t Table) call(ctx context.Context, actions []aztables.TransactionAction) (err error) {
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	_, err = t.client.SubmitTransaction(ctx, actions, nil)
	return err
}
