package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

func TestVerifyMissingRow(t *testing.T) {
	t.Parallel()
	f := newStartedFixture(t, tenant.Config{Contents: 20})
	f.pullAll(t)
	account := ingesttest.NewAccount(t, f.connection)
	account.Delete(t, account.Rows(t, "events")[100])
	var out bytes.Buffer
	err := f.verify(t.Context(), &terminal{out: &out})
	if err == nil || !strings.Contains(out.String(), "of 400 records and 20 content blobs: records missing: 1\n") {
		t.Errorf("verify: %v\n%s", err, out.String())
	}
}
