package store

import (
	"context"
	"fmt"
	"iter"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// RawBlob is one blob that holds a content as received.
type RawBlob struct {
	Name    string
	Content audit.Content // as the blob's metadata have it
	Err     error         // ErrCorrupt, if these do not lead back to the name
}

// RawBlobs lists the blobs that hold raw content, in the order of their names:
// by content type, then by day. A blob that is damaged does not end the list.
func (s *Store) RawBlobs(ctx context.Context) iter.Seq2[RawBlob, error] {
	return func(yield func(RawBlob, error) bool) {
		prefix := s.tenant + "/"
		pager := s.blobs.ServiceClient().NewContainerClient(rawContainer).NewListBlobsFlatPager(
			&container.ListBlobsFlatOptions{Prefix: &prefix, Include: container.ListBlobsInclude{Metadata: true}})
		for pager.More() {
			page, err := pager.NextPage(ctx)
			if storage.HasCode(err, "ContainerNotFound") {
				return
			}
			if err != nil {
				yield(RawBlob{}, storage.Failed("list raw", err))
				return
			}
			for _, item := range page.Segment.BlobItems {
				blob := RawBlob{Name: *item.Name}
				blob.Content, blob.Err = s.rawContent(blob.Name, item.Metadata)
				if !yield(blob, nil) {
					return
				}
			}
		}
	}
}

// RawContents lists the contents whose bodies are stored, in the order of
// their blobs' names. The error is ErrCorrupt for a blob that is damaged, and
// then more may follow.
func (s *Store) RawContents(ctx context.Context) iter.Seq2[audit.Content, error] {
	return func(yield func(audit.Content, error) bool) {
		for blob, err := range s.RawBlobs(ctx) {
			if err == nil {
				err = blob.Err
			}
			if !yield(blob.Content, err) {
				return
			}
		}
	}
}

// rawContent reads what a raw blob's metadata says of its content. A blob
// whose metadata does not lead back to its name is not one of ours.
func (s *Store) rawContent(name string, metadata map[string]*string) (audit.Content, error) {
	var c audit.Content
	folders := strings.Split(name, "/")
	c.Type = folders[min(1, len(folders)-1)]
	var err error
	if c.ID, err = url.PathUnescape(metaValue(metadata, metaContent)); err != nil {
		return c, fmt.Errorf("raw %s: content id: %w", name, storage.ErrCorrupt)
	}
	if c.Created, err = metaTime(metadata, metaCreated); err != nil {
		return c, fmt.Errorf("raw %s: created: %w", name, storage.ErrCorrupt)
	}
	if c.Expiration, err = metaTime(metadata, metaExpiration); err != nil {
		return c, fmt.Errorf("raw %s: expiration: %w", name, storage.ErrCorrupt)
	}
	if s.RawName(c) != name || keys.CheckContent(c) != nil {
		return c, fmt.Errorf("raw %s: its metadata is of another content: %w", name, storage.ErrCorrupt)
	}
	return c, nil
}
