package trailtest

import (
	"bytes"
	"maps"
	"reflect"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// A Snapshot is all that a trail's account stores at one time.
type Snapshot struct {
	rows  map[string]ingesttest.StoredRow
	blobs map[string]storedBlob
}

type storedBlob struct {
	data     []byte
	metadata map[string]*string
}

// Snapshot reads all rows and raw blobs.
func (tr *Trail) Snapshot(t *testing.T) Snapshot {
	t.Helper()
	s := Snapshot{map[string]ingesttest.StoredRow{}, map[string]storedBlob{}}
	for _, row := range tr.Rows(t, "") {
		s.rows[row.Table+"/"+row.Key()] = row
	}
	pager := tr.Blobs.NewListBlobsFlatPager("raw", &azblob.ListBlobsFlatOptions{Include: container.ListBlobsInclude{Metadata: true}})
	for pager.More() {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, item := range page.Segment.BlobItems {
			s.blobs[*item.Name] = storedBlob{tr.ReadBlob(t, *item.Name), item.Metadata}
		}
	}
	return s
}

// Restore brings the account back to a snapshot. It is faster than a new trail.
func (tr *Trail) Restore(t *testing.T, want Snapshot) {
	t.Helper()
	now := tr.Snapshot(t)
	for key, row := range now.rows {
		if _, wanted := want.rows[key]; !wanted {
			tr.Delete(t, row)
		}
	}
	for key, row := range want.rows {
		if !reflect.DeepEqual(row, now.rows[key]) {
			tr.Put(t, row)
		}
	}
	for name := range now.blobs {
		if _, wanted := want.blobs[name]; !wanted {
			tr.DeleteBlob(t, name)
		}
	}
	for name, blob := range want.blobs {
		tr.restoreBlob(t, name, blob, now.blobs[name])
	}
}

func (tr *Trail) restoreBlob(t *testing.T, name string, want, now storedBlob) {
	t.Helper()
	sameMetadata := maps.EqualFunc(want.metadata, now.metadata, func(a, b *string) bool { return *a == *b })
	if bytes.Equal(want.data, now.data) && sameMetadata {
		return
	}
	options := &azblob.UploadBufferOptions{Metadata: want.metadata}
	if _, err := tr.Blobs.UploadBuffer(t.Context(), "raw", name, want.data, options); err != nil {
		t.Fatal(err)
	}
}
