package pull

import (
	"cmp"
	"errors"
	"time"

	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/store"
)

// fault is err as the status shows it: the first cause that the API named,
// else what storage said; nil for no error. Both packages promise errors
// whose text holds nothing personal and no secret.
func fault(now time.Time, err error) *store.Fault {
	if err == nil {
		return nil
	}
	if api, ok := errors.AsType[*feed.Error](err); ok {
		return &store.Fault{Time: now, Code: cmp.Or(api.Code, string(api.Class)), Message: api.Message}
	}
	switch {
	case store.Denied(err):
		return &store.Fault{Time: now, Code: "StorageDenied", Message: err.Error() +
			" (does the function app's identity have Storage Blob Data Contributor and Storage Table Data Contributor?)"}
	case store.Unavailable(err):
		return &store.Fault{Time: now, Code: "StorageUnavailable", Message: err.Error()}
	}
	return &store.Fault{Time: now, Code: "InternalError", Message: err.Error()}
}
