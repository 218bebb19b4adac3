package store

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

const rawContainer = "raw"

// maxBody is how many bytes a content may have, decoded.
const maxBody = 256 << 20

// Metadata of a raw blob. Names are lower case here; the SDK returns them with
// a capital.
const (
	metaContent    = "contentid" // path-escaped: a header can't hold everything
	metaCreated    = "contentcreated"
	metaExpiration = "contentexpiration"
	metaSHA256     = "sha256" // of the body as received, hex
	metaRecords    = "records"
)

// RawName returns the name of the blob that holds c as received:
// {tenant}/{content type}/{yyyy}/{mm}/{dd}/{32 hex}.json.gz, the date being
// contentCreated in UTC and the hex the start of the SHA-256 of the content id.
func (s *Store) RawName(c audit.Content) string {
	return s.tenant + "/" + c.Type + "/" + c.Created.UTC().Format("2006/01/02") + "/" + keys.ContentHash(c.ID) + ".json.gz"
}

// PutRaw stores the body of c as received, once and for all: a body that is
// there already is never replaced, and the error then is ErrExists. (That one
// may be of an earlier try of this very call whose answer got lost.) records is
// the number of records in body, kept beside it.
//
// The blob is gzip, and says so in its Content-Type alone: with a
// Content-Encoding, clients would decompress it behind their reader's back.
// The service verifies the MD5 of what arrives.
func (s *Store) PutRaw(ctx context.Context, c audit.Content, body []byte, records int) error {
	if err := keys.CheckContent(c); err != nil {
		return fmt.Errorf("put raw: %w", err)
	}
	if len(body) > maxBody {
		return fmt.Errorf("put raw: body of %d bytes, at most %d", len(body), maxBody)
	}
	packed, err := s.gzip.gzip(body)
	if err != nil {
		return fmt.Errorf("put raw: %w", err)
	}
	sum := md5.Sum(packed)
	contentType, none := "application/gzip", azcore.ETagAny
	options := &blockblob.UploadOptions{
		Metadata:                metadata(c, body, records),
		TransactionalValidation: blob.TransferValidationTypeMD5(sum[:]),
		HTTPHeaders:             &blob.HTTPHeaders{BlobContentType: &contentType, BlobContentMD5: sum[:]},
		AccessConditions:        &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: &none}},
	}
	err = s.upload(ctx, s.RawName(c), packed, options)
	if storage.HasCode(err, "BlobAlreadyExists", "ConditionNotMet", "BlobImmutableDueToPolicy") {
		return storage.ErrExists
	}
	return storage.Failed("put raw", err)
}

// upload makes the container where it is missing.
func (s *Store) upload(ctx context.Context, name string, data []byte, options *blockblob.UploadOptions) error {
	container := s.blobs.ServiceClient().NewContainerClient(rawContainer)
	b := container.NewBlockBlobClient(name)
	_, err := b.Upload(ctx, streaming.NopCloser(bytes.NewReader(data)), options)
	if !storage.HasCode(err, "ContainerNotFound") {
		return err
	}
	if _, err := container.Create(ctx, nil); err != nil && !storage.HasCode(err, "ContainerAlreadyExists") {
		return storage.Failed("create container "+rawContainer, err)
	}
	_, err = b.Upload(ctx, streaming.NopCloser(bytes.NewReader(data)), options)
	return err
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

// Raw returns the body of c as it was received. The error is ErrNotFound if it
// was never stored, and ErrCorrupt if the bytes are not those that were stored.
func (s *Store) Raw(ctx context.Context, c audit.Content) ([]byte, error) {
	if err := keys.CheckContent(c); err != nil {
		return nil, fmt.Errorf("read raw: %w", err)
	}
	b := s.blobs.ServiceClient().NewContainerClient(rawContainer).NewBlobClient(s.RawName(c))
	response, err := b.DownloadStream(ctx, nil)
	if storage.HasCode(err, "BlobNotFound", "ContainerNotFound") {
		return nil, fmt.Errorf("read raw: %w", storage.ErrNotFound)
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
	body, err := gunzip(packed, maxBody)
	if err != nil {
		return nil, fmt.Errorf("read raw %s: %w", s.RawName(c), err)
	}
	sum := sha256.Sum256(body)
	if hex.EncodeToString(sum[:]) != metaValue(response.Metadata, metaSHA256) {
		return nil, fmt.Errorf("read raw %s: not the bytes that were stored: %w", s.RawName(c), storage.ErrCorrupt)
	}
	return body, nil
}

// metaValue finds a value by its name in any case.
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
