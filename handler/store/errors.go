package store

import (
	"context"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// The errors of this package, its ledger and its events. Test for them with
// [errors.Is].
var (
	// ErrNotFound means that the store does not hold what was asked for.
	ErrNotFound = storage.ErrNotFound
	// ErrExists means that a write-once object is already stored.
	ErrExists = storage.ErrExists
	// ErrConflict means that another writer has changed what the caller read.
	ErrConflict = storage.ErrConflict
	// ErrCorrupt means that stored bytes are not what was written.
	ErrCorrupt = storage.ErrCorrupt
	// ErrInvalid means that no key can be made of a content blob's id, type or time.
	ErrInvalid = ledger.ErrInvalid
	// ErrPosition means that a Position was not made by the listing it is used for.
	ErrPosition = keys.ErrPosition
)

// Error is a response of the storage service that rejects a request, or the lack
// of any response. Its text is safe to log.
type Error = storage.Error

// A Position is where an event or a ledger entry comes in its listing. Positions
// sort as strings, newest first. Their content is private to the store.
type Position = keys.Position

// Unavailable reports whether err means that storage did not respond, or not
// now: the same call may succeed later.
func Unavailable(err error) bool { return storage.Unavailable(err) }

// Denied reports whether err means that storage rejected the caller's
// identity: 401 or 403.
func Denied(err error) bool { return storage.Denied(err) }

// BeingDropped reports whether err means that a dropped table's name cannot be
// reused yet. The service keeps it for at least 40 seconds.
func BeingDropped(err error) bool { return storage.BeingDropped(err) }

// A Cost counts the requests and rows that calls under one context used.
type Cost = storage.Cost

// WithCost returns a context that counts every request made under it, and the
// Cost that holds the counts.
func WithCost(ctx context.Context) (context.Context, *Cost) { return storage.WithCost(ctx) }
