package storetest_test

import (
	"os"
	"testing"

	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

func TestOpen(t *testing.T) {
	first, second := storetest.Open(t, store.Config{}), storetest.Open(t, store.Config{})
	if err := first.SaveRun(t.Context(), store.Run{Rows: 1}); err != nil {
		t.Fatal(err)
	}
	if _, found, err := second.LastRun(t.Context()); found || err != nil {
		t.Errorf("the second store sees the first's run: %v, %v", found, err)
	}
}
