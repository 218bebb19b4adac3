package store

import (
	"context"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
)

const kindCheckpoint = "checkpoint"

// Checkpoint says how far the listing of one content type has come.
type Checkpoint struct {
	ContentType   string
	ListedThrough time.Time // every content blob created before it is in the ledger
	FullListing   time.Time // when everything that the API still lists was last listed
	ETag          string    `json:"-"` // of the stored one; "": none is stored yet
}

// Checkpoint returns the stored checkpoint of a content type, or one with its
// ContentType alone before the first.
func (s *Store) Checkpoint(ctx context.Context, contentType string) (Checkpoint, error) {
	if err := keys.CheckType(contentType); err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint: %w", err)
	}
	c := Checkpoint{ContentType: contentType}
	d, err := s.readDocument(ctx, kindCheckpoint, keys.TypeKey(contentType))
	if err == nil {
		err = d.decode(&c)
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint: %w", err)
	}
	c.ETag = string(d.etag)
	return c, nil
}

// SaveCheckpoint stores c if the stored checkpoint is still the one that c was
// made from, by its ETag, and returns c with its new ETag. Otherwise it changes
// nothing, and the error is ErrConflict.
func (s *Store) SaveCheckpoint(ctx context.Context, c Checkpoint) (Checkpoint, error) {
	if err := keys.CheckType(c.ContentType); err != nil {
		return Checkpoint{}, fmt.Errorf("save checkpoint: %w", err)
	}
	from := document{kind: kindCheckpoint, name: keys.TypeKey(c.ContentType), etag: azcore.ETag(c.ETag)}
	d, err := s.saveDocument(ctx, from, c)
	var saved Checkpoint
	if err == nil {
		err = d.decode(&saved)
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("save checkpoint: %w", err)
	}
	saved.ETag = string(d.etag)
	return saved, nil
}
