package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
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
	if err := checkType(contentType); err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint: %w", err)
	}
	c, _, err := s.readCheckpoint(ctx, contentType)
	if errors.Is(err, ErrNotFound) {
		return Checkpoint{ContentType: contentType}, nil
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint: %w", err)
	}
	return c, nil
}

// readCheckpoint returns the checkpoint and which write it is of.
func (s *Store) readCheckpoint(ctx context.Context, contentType string) (Checkpoint, string, error) {
	f, etag, err := s.table(stateTable).get(ctx, checkpointKind, typeKey(contentType))
	if err != nil {
		return Checkpoint{}, "", err
	}
	var c Checkpoint
	if err := json.Unmarshal([]byte(f.text(colJSON)), &c); err != nil {
		return Checkpoint{}, "", fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	c.ETag = string(etag)
	return c, f.text(colWrite), nil
}

// SaveCheckpoint stores c if the stored one still is the one that c was made
// from, by its ETag, and returns c with its new ETag. Else it changes nothing
// and the error is ErrConflict.
func (s *Store) SaveCheckpoint(ctx context.Context, c Checkpoint) (Checkpoint, error) {
	if err := checkType(c.ContentType); err != nil {
		return Checkpoint{}, fmt.Errorf("save checkpoint: %w", err)
	}
	text, err := json.Marshal(c)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("save checkpoint: %w", err)
	}
	write := rand.Text()
	r := newRow(checkpointKind, typeKey(c.ContentType))
	r.text(colJSON, string(text))
	r.text(colWrite, write)
	op := insert(r)
	if c.ETag != "" {
		op = replace(r, azcore.ETag(c.ETag))
	}
	if _, err := s.table(stateTable).submit(ctx, []operation{op}); err != nil {
		return Checkpoint{}, fmt.Errorf("save checkpoint: %w", err)
	}
	return s.confirm(ctx, c.ContentType, write)
}

// confirm reads the checkpoint back. Only what is there tells a write that
// came too late from one that was stored and whose answer got lost; and a
// transaction's answer has no ETag.
func (s *Store) confirm(ctx context.Context, contentType, write string) (Checkpoint, error) {
	c, stored, err := s.readCheckpoint(ctx, contentType)
	if err == nil && stored != write {
		err = ErrConflict
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("save checkpoint: %w", err)
	}
	return c, nil
}
