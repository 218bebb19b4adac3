package store

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
)

// An operation is one change of one row. All changes of a transaction are
// made, or none.
type operation struct {
	kind aztables.TransactionType
	row  *row
	etag azcore.ETag // the row must still have it
}

// insert adds a row that must not be there yet.
func insert(r *row) operation { return operation{aztables.TransactionTypeAdd, r, ""} }

// put adds a row, or replaces all of the one that is there.
func put(r *row) operation { return operation{aztables.TransactionTypeInsertReplace, r, ""} }

// replace replaces all of a row that must be there with this ETag, azcore.ETagAny
// being any. Without an ETag the service would insert where nothing is there.
func replace(r *row, etag azcore.ETag) operation {
	return operation{aztables.TransactionTypeUpdateReplace, r, etag}
}

// remove deletes a row that must be there.
func remove(partition, key string) operation {
	return operation{aztables.TransactionTypeDelete, newRow(partition, key), azcore.ETagAny}
}

func (o operation) action() aztables.TransactionAction {
	a := aztables.TransactionAction{ActionType: o.kind, Entity: o.row.bytes()}
	if o.etag != "" {
		a.IfMatch = &o.etag
	}
	return a
}

// A verdict is what is known of a transaction that did not simply fail.
type verdict uint8

const (
	applied verdict = iota + 1 // all of it is stored
	clashed                    // nothing of it is stored: a row was there, or not there, or had changed
	unknown                    // the answer doesn't say: read, then decide
)

// maxTries bounds how often a transaction is sent that the service has no time for.
const maxTries = 6

// submit sends ops as one transaction. The table is made if it is not there,
// and the service's own "not now", which comes inside an answer that the SDK
// takes for final, is tried again.
//
// Any try may have been stored though its answer was lost, and the SDK's next
// try then clashes with it. So clashed only says: read what is there.
func (t table) submit(ctx context.Context, ops []operation) (verdict, error) {
	what := fmt.Sprintf("write %s", t.name)
	if err := checkTransaction(ops); err != nil {
		return 0, fmt.Errorf("%s: %w", what, err)
	}
	for try := 1; ; try++ {
		reply, err := t.send(ctx, ops)
		switch {
		case err != nil && !hasCode(err, "TableNotFound"):
			return 0, failed(what, err)
		case err != nil || reply.code == "TableNotFound":
			if err := t.create(ctx); err != nil {
				return 0, err
			}
		case reply.status == 0:
			return unknown, nil
		case reply.status < 300:
			return applied, nil
		case reply.clash():
			return clashed, nil
		case !temporary(reply.status, reply.code):
			return 0, refused(fmt.Sprintf("%s, operation %d", what, reply.index), reply.status, reply.code)
		}
		if try == maxTries {
			return 0, refused(what, reply.status, reply.code)
		}
		if err := t.pause(ctx, reply, try); err != nil {
			return 0, failed(what, err)
		}
	}
}

// pause waits before another try, unless it was a missing table, now made,
// that made it necessary.
func (t table) pause(ctx context.Context, r reply, try int) error {
	if try == 1 && (r.status == 0 || r.code == "TableNotFound") {
		return nil
	}
	return t.store.backoff(ctx, try)
}

// send sends ops once, the SDK's retries of broken connections and outright
// refusals apart. The reply is read from the answer itself: the SDK reports a
// refused transaction as 202 without a code, takes missing parts for success,
// and panics on an answer that is empty.
func (t table) send(ctx context.Context, ops []operation) (reply, error) {
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
func (t table) call(ctx context.Context, actions []aztables.TransactionAction) (err error) {
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
