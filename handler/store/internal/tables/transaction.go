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

// An operation is one change of one row. All changes of a transaction are
// made, or none.
type Operation struct {
	kind aztables.TransactionType
	row  *Entity
	etag azcore.ETag // the row must still have it
}

// insert adds a row that must not be there yet.
func Insert(r *Entity) Operation { return Operation{aztables.TransactionTypeAdd, r, ""} }

// put adds a row, or replaces all of the one that is there.
func Put(r *Entity) Operation { return Operation{aztables.TransactionTypeInsertReplace, r, ""} }

// replace replaces all of a row that must be there with this ETag, azcore.ETagAny
// being any. Without an ETag the service would insert where nothing is there.
func Replace(r *Entity, etag azcore.ETag) Operation {
	return Operation{aztables.TransactionTypeUpdateReplace, r, etag}
}

// remove deletes a row that must be there.
func Delete(partition, key string) Operation {
	return Operation{aztables.TransactionTypeDelete, NewEntity(partition, key), azcore.ETagAny}
}

func (o Operation) action() aztables.TransactionAction {
	a := aztables.TransactionAction{ActionType: o.kind, Entity: o.row.JSON()}
	if o.etag != "" {
		a.IfMatch = &o.etag
	}
	return a
}

// A verdict is what is known of a transaction that did not simply fail.
type Verdict uint8

const (
	Applied Verdict = iota + 1 // all of it is stored
	Clashed                    // nothing of it is stored: a row was there, or not there, or had changed
	Unknown                    // the answer doesn't say: read, then decide
)

// maxTries bounds how often a transaction is sent that the service has no time for.
const MaxAttempts = 6

// batchesInFlight is how many transactions one call sends at a time.
const InFlight = 6

// maxRounds bounds how often a writer reads what is there and writes again.
const MaxRounds = 8

// submit sends ops as one transaction. The table is made if it is not there,
// and the service's own "not now", which comes inside an answer that the SDK
// takes for final, is tried again.
//
// Any try may have been stored though its answer was lost, and the SDK's next
// try then clashes with it. So clashed only says: read what is there.
func (t Table) Submit(ctx context.Context, ops []Operation) (Verdict, error) {
	what := fmt.Sprintf("write %s", t.Name)
	if err := checkTransaction(ops); err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	for try := 1; ; try++ {
		reply, err := t.send(ctx, ops)
		switch {
		case err != nil && !storage.HasCode(err, "TableNotFound"):
			return 0, storage.Failed(what, err)
		case err != nil || reply.code == "TableNotFound":
			if err := t.create(ctx); err != nil {
				return 0, err
			}
		case reply.status == 0:
			return Unknown, nil
		case reply.status < 300:
			return Applied, nil
		case reply.clash():
			return Clashed, nil
		case !storage.Temporary(reply.status, reply.code):
			return 0, storage.Rejected(fmt.Sprintf("%s, operation %d", what, reply.index), reply.status, reply.code)
		}
		if try == MaxAttempts {
			return 0, storage.Rejected(what, reply.status, reply.code)
		}
		if err := t.pause(ctx, reply, try); err != nil {
			return 0, storage.Failed(what, err)
		}
	}
}

// pause waits before another try, unless it was a missing table, now made,
// that made it necessary.
func (t Table) pause(ctx context.Context, r reply, try int) error {
	if try == 1 && (r.status == 0 || r.code == "TableNotFound") {
		return nil
	}
	return t.service.Backoff(ctx, try)
}

// send sends ops once, the SDK's retries of broken connections and outright
// refusals apart. The reply is read from the answer itself: the SDK reports a
// refused transaction as 202 without a code, takes missing parts for success,
// and panics on an answer that is empty.
func (t Table) send(ctx context.Context, ops []Operation) (reply, error) {
	actions := make([]aztables.TransactionAction, len(ops))
	for i, o := range ops {
		actions[i] = o.action()
	}
	var response *http.Response
	err := t.call(runtime.WithCaptureResponse(ctx, &response), actions)
	if response == nil || response.StatusCode != http.StatusAccepted {
		return reply{}, orUnknown(err)
	}
	body, err := runtime.Payload(response)
	if err != nil {
		return reply{}, nil
	}
	return parseReply(body, len(ops)), nil
}

var errPanic = errors.New("no answer that the SDK could read")

// call turns the SDK's panic into an error.
func (t Table) call(ctx context.Context, actions []aztables.TransactionAction) (err error) {
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	_, err = t.client.SubmitTransaction(ctx, actions, nil)
	return err
}

// orUnknown leaves an answer other than 202 that is no error, or that the SDK
// panicked on, to be looked into.
func orUnknown(err error) error {
	if errors.Is(err, errPanic) {
		return nil
	}
	return err
}
