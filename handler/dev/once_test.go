package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/store"
)

func TestARowThatIsGoneIsFoundMissing(t *testing.T) {
	t.Parallel()
	r := ready(t, tenant.Config{Contents: 20})
	r.pullAll(t)
	account := ingesttest.NewAccount(t, r.connection)
	account.Delete(t, account.Rows(t, "events")[100])
	var out bytes.Buffer
	err := r.verify(t.Context(), &terminal{out: &out})
	if err == nil || !strings.Contains(out.String(), "of 400 records and 20 content blobs: records missing: 1\n") {
		t.Errorf("verify: %v\n%s", err, out.String())
	}
}

func TestAFaultThatMayPassIsWaitedFor(t *testing.T) {
	fault := func(n int, code string, fetched int) *store.Run {
		return &store.Run{Started: time.Unix(int64(n), 0), Fetched: fetched, Error: &store.Fault{Code: code, Message: "words"}}
	}
	var r runs
	for n := range 3 * patience {
		done := n % 3 // something gets done
		if err := r.check(fault(n, "AF50000", done)); err != nil {
			t.Fatalf("run %d: %v", n, err)
		}
	}
	for n := range patience {
		err := r.check(fault(1000+n, "AF429", 0))
		if again := r.check(fault(1000+n, "AF429", 0)); again != nil {
			t.Fatalf("the same run is judged twice: %v", again)
		}
		if last := n == patience-1; (err != nil) != last {
			t.Errorf("run %d of nothing but faults: %v", n, err)
		}
	}
	if err := (&runs{}).check(fault(1, "AF10001", 5)); err == nil || !strings.Contains(err.Error(), "AF10001: words") {
		t.Errorf("a fault that somebody must put right: %v", err)
	}
	if err := (&runs{}).check(nil); err != nil {
		t.Errorf("before the first run: %v", err)
	}
}
