package store

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

const rawContainer = "raw"

// Metadata of a raw blob. The SDK returns the names with a capital letter.
const (
	metaContent    = "contentid" // path-escaped, because a header cannot hold every character
	metaCreated    = "contentcreated"
	metaExpiration = "contentexpiration"
	metaSHA256     = "sha256" // of the body as Microsoft sent it, hex
	metaRecords    = "records"
)

// RawName returns the name of the raw blob of c:
// {tenant}/{content type}/{yyyy}/{mm}/{dd}/{32 hex}.json.gz. The date is
// contentCreated in UTC, and the hex digits are those of [keys.ContentHash].
func (s *Store) RawName(c audit.Content) string {
	return s.tenant + "/" + c.Type + "/" + c.Created.UTC().Format("2006/01/02") + "/" + keys.ContentHash(c.ID) + ".json.gz"
}

// PutRaw stores the body of c as Microsoft sent it, and the number of records in
// it. A stored body is never replaced: the error is then ErrExists, even if it was
// an earlier attempt of the same call that stored it and whose response was lost.
//
// The blob is gzip, which only its Content-Type says: a Content-Encoding would make
// clients decompress it unasked. The service verifies the MD5 of what arrives.
func (s *Store) PutRaw(ctx context.Context, c audit.Content, body []byte, records int) error {
	if err := keys.CheckContent(c); err != nil {
		return fmt.Errorf("put raw: %w", err)
	}
	if len(body) > storage.MaxBody {
		return fmt.Errorf("put raw: body of %d bytes, at most %d", len(body), storage.MaxBody)
	}
	packed, err := s.gzip.compress(body)
	if err != nil {
		return fmt.Errorf("put raw: %w", err)
	}
	sum := md5.Sum(packed)
	contentType, anyETag := "application/gzip", azcore.ETagAny
	options := &blockblob.UploadOptions{
		Metadata:                metadata(c, body, records),
		TransactionalValidation: blob.TransferValidationTypeMD5(sum[:]),
		HTTPHeaders:             &blob.HTTPHeaders{BlobContentType: &contentType, BlobContentMD5: sum[:]},
		AccessConditions:        &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: &anyETag}},
	}
	err = s.upload(ctx, s.RawName(c), packed, options)
	if storage.HasCode(err, bloberror.BlobAlreadyExists, bloberror.ConditionNotMet, bloberror.BlobImmutableDueToPolicy) {
		return ErrExists
	}
	return storage.Failed("put raw", err)
}

// upload creates the container if it is missing.
func (s *Store) upload(ctx context.Context, name string, data []byte, options *blockblob.UploadOptions) error {
	b := s.rawBlobs().NewBlockBlobClient(name)
	_, err := b.Upload(ctx, streaming.NopCloser(bytes.NewReader(data)), options)
	if !storage.HasCode(err, bloberror.ContainerNotFound) {
		return err
	}
	if _, err := s.rawBlobs().Create(ctx, nil); err != nil && !storage.HasCode(err, bloberror.ContainerAlreadyExists) {
		return storage.Failed("create container "+rawContainer, err)
	}
	_, err = b.Upload(ctx, streaming.NopCloser(bytes.NewReader(data)), options)
	return err
}

func (s *Store) rawBlobs() *container.Client {
	return s.blobs.ServiceClient().NewContainerClient(rawContainer)
}

// Raw returns the body of c as Microsoft sent it. The error is ErrNotFound if it is
// not stored, and ErrCorrupt if its bytes are not those that were stored.
func (s *Store) Raw(ctx context.Context, c audit.Content) ([]byte, error) {
	if err := keys.CheckContent(c); err != nil {
		return nil, fmt.Errorf("read raw: %w", err)
	}
	response, err := s.rawBlobs().NewBlobClient(s.RawName(c)).DownloadStream(ctx, nil)
	if storage.HasCode(err, bloberror.BlobNotFound, bloberror.ContainerNotFound) {
		return nil, fmt.Errorf("read raw: %w", ErrNotFound)
	}
	if err != nil {
		return nil, storage.Failed("read raw", err)
	}
	stream := response.NewRetryReader(ctx, nil)
	defer stream.Close()
	packed, err := io.ReadAll(stream)
	if err != nil {
		return nil, storage.Failed("read raw", err)
	}
	body, err := decompress(packed, storage.MaxBody)
	if err != nil {
		return nil, fmt.Errorf("read raw %s: %w", s.RawName(c), err)
	}
	sum, recorded := sha256.Sum256(body), metaValue(response.Metadata, metaSHA256)
	if actual := hex.EncodeToString(sum[:]); actual != recorded {
		return nil, fmt.Errorf("read raw %s: %w", s.RawName(c), &ChecksumError{Recorded: recorded, Actual: actual})
	}
	return body, nil
}

// A ChecksumError is an ErrCorrupt: the body of a raw blob is not the one that was
// stored.
type ChecksumError struct {
	Recorded, Actual string // SHA-256 of the body, hex
}

func (e *ChecksumError) Error() string {
	return fmt.Sprintf("SHA-256 is %s, recorded was %s: %v", e.Actual, e.Recorded, ErrCorrupt)
}

// Unwrap returns ErrCorrupt.
func (e *ChecksumError) Unwrap() error { return ErrCorrupt }

// A RawBlob is one raw blob in a listing.
type RawBlob struct {
	Name    string
	Content audit.Content // from the blob's metadata
	Err     error         // ErrCorrupt if the metadata does not give the blob's name
}

// RawBlobs lists the raw blobs by name, that is, by content type and then by day. A
// corrupt blob does not end the listing.
func (s *Store) RawBlobs(ctx context.Context) iter.Seq2[RawBlob, error] {
	return func(yield func(RawBlob, error) bool) {
		prefix := s.tenant + "/"
		pager := s.rawBlobs().NewListBlobsFlatPager(
			&container.ListBlobsFlatOptions{Prefix: &prefix, Include: container.ListBlobsInclude{Metadata: true}})
		for pager.More() {
			page, err := pager.NextPage(ctx)
			if storage.HasCode(err, bloberror.ContainerNotFound) {
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

// RawContents lists the content blobs of the raw blobs, by blob name. For a corrupt
// blob it yields ErrCorrupt, and then continues.
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

// rawContent reads a content blob from the metadata of its raw blob. Metadata that
// does not give the blob's name is ErrCorrupt.
func (s *Store) rawContent(name string, metadata map[string]*string) (audit.Content, error) {
	var c audit.Content
	folders := strings.Split(name, "/")
	c.Type = folders[min(1, len(folders)-1)]
	var err error
	if c.ID, err = url.PathUnescape(metaValue(metadata, metaContent)); err != nil {
		return c, fmt.Errorf("raw %s: content id: %w", name, ErrCorrupt)
	}
	if c.Created, err = metaTime(metadata, metaCreated); err != nil {
		return c, fmt.Errorf("raw %s: created: %w", name, ErrCorrupt)
	}
	if c.Expiration, err = metaTime(metadata, metaExpiration); err != nil {
		return c, fmt.Errorf("raw %s: expiration: %w", name, ErrCorrupt)
	}
	if s.RawName(c) != name || keys.CheckContent(c) != nil {
		return c, fmt.Errorf("raw %s: metadata of another content blob: %w", name, ErrCorrupt)
	}
	return c, nil
}

func metadata(c audit.Content, body []byte, records int) map[string]*string {
	sum := sha256.Sum256(body)
	values := map[string]string{
		metaContent: url.PathEscape(c.ID),
		metaCreated: c.Created.UTC().Format(tables.TimeFormat),
		metaSHA256:  hex.EncodeToString(sum[:]),
		metaRecords: strconv.Itoa(records),
	}
	if !c.Expiration.IsZero() {
		values[metaExpiration] = c.Expiration.UTC().Format(tables.TimeFormat)
	}
	pointers := make(map[string]*string, len(values))
	for name, value := range values {
		pointers[name] = &value
	}
	return pointers
}

// metaValue returns the value of a name in any case.
func metaValue(metadata map[string]*string, name string) string {
	for n, v := range metadata {
		if v != nil && strings.EqualFold(n, name) {
			return *v
		}
	}
	return ""
}

func metaTime(metadata map[string]*string, name string) (time.Time, error) {
	text := metaValue(metadata, name)
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(tables.TimeFormat, text)
}
