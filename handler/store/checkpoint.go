package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// checkpointKind is the partition of checkpoints in the state table.
const checkpointKind = "checkpoint"

// colWrite tells one write from another, so that a write whose answer was lost
// is recognised.
const colWrite = "Write"

// Checkpoint says how far the listing of one content type has come.
type Checkpoint struct {
	ContentType   string
	ListedThrough time.Time // everything created before it is in the ledger
	FullListing   time.Time // when the whole of what the API still holds was last listed
	ETag          string    `json:"-"` // of the stored one; "": none is stored yet
}

// Checkpoint returns the stored checkpoint of a content type, or one that has
// nothing but its ContentType if there is none.
func (s *Store) Checkpoint(ctx context.Context, contentType string) (Checkpoint, error) {
	if err := keys.CheckType(contentType); err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint: %w", err)
	}
	c, _, err := s.readCheckpoint(ctx, contentType)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint: %w", err)
	}
	return c, nil
}

// readCheckpoint returns the checkpoint and which write it is of.
func (s *Store) readCheckpoint(ctx context.Context, contentType string) (Checkpoint, string, error) {
	c := Checkpoint{ContentType: contentType}
	f, etag, err := s.tables.Table(stateTable).Get(ctx, checkpointKind, keys.TypeKey(contentType))
	if errors.Is(err, storage.ErrNotFound) {
		return c, "", nil
	}
	if err != nil {
		return Checkpoint{}, "", err
	}
	if err := json.Unmarshal([]byte(f.Text(colJSON)), &c); err != nil {
		return Checkpoint{}, "", fmt.Errorf("%w: %w", storage.ErrCorrupt, err)
	}
	c.ETag = string(etag)
	return c, f.Text(colWrite), nil
}

// SaveCheckpoint stores c if the stored one still is the one that c was made
// from, by its ETag, and returns c with its new ETag. Else it changes nothing
// and the error is ErrConflict.
func (s *Store) SaveCheckpoint(ctx context.Context, c Checkpoint) (Checkpoint, error) {
	if err := keys.CheckType(c.ContentType); err != nil {
		return Checkpoint{}, fmt.Errorf("save checkpoint: %w", err)
	}
	text, err := json.Marshal(c)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("save checkpoint: %w", err)
	}
	write := rand.Text()
	r := tables.NewEntity(checkpointKind, keys.TypeKey(c.ContentType))
	r.Text(colJSON, string(text))
	r.Text(colWrite, write)
	op := tables.Insert(r)
	if c.ETag != "" {
		op = tables.Replace(r, azcore.ETag(c.ETag))
	}
	saved, err := s.replaceCheckpoint(ctx, c, op, write)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("save checkpoint: %w", err)
	}
	return saved, nil
}

// replaceCheckpoint submits op, which makes the stored checkpoint c, and reads
// it back. Only what is there tells a write that came too late from one that
// was stored and whose answer got lost; and a transaction's answer has no
// ETag. After an answer that says nothing, op is submitted again if nothing
// has changed.
func (s *Store) replaceCheckpoint(ctx context.Context, c Checkpoint, op tables.Operation, write string) (Checkpoint, error) {
	for try := 1; ; try++ {
		verdict, err := s.tables.Table(stateTable).Submit(ctx, []tables.Operation{op})
		if err != nil {
			return Checkpoint{}, err
		}
		stored, last, err := s.readCheckpoint(ctx, c.ContentType)
		switch {
		case err != nil:
			return Checkpoint{}, err
		case last == write:
			return stored, nil
		case verdict != tables.Unknown || stored.ETag != c.ETag:
			return Checkpoint{}, storage.ErrConflict
		case try == tables.MaxAttempts:
			return Checkpoint{}, storage.Unclear("write " + stateTable)
		}
		if err := s.tables.Backoff(ctx, try); err != nil {
			return Checkpoint{}, err
		}
	}
}
