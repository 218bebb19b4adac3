package azurelike_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azurelike"
)

// calls returns a call of every kind.
func (a *account) calls() map[string]func(context.Context) error {
	rows := a.tables.NewClient("rows")
	return map[string]func(context.Context) error{
		"list tables":  func(ctx context.Context) error { _, err := a.tables.NewListTablesPager(nil).NextPage(ctx); return err },
		"create table": func(ctx context.Context) error { _, err := a.tables.CreateTable(ctx, "other", nil); return err },
		"query":        func(ctx context.Context) error { _, err := rows.NewListEntitiesPager(nil).NextPage(ctx); return err },
		"insert": func(ctx context.Context) error {
			_, err := rows.AddEntity(ctx, insert(key{"p", "single"}, 1).Entity, nil)
			return err
		},
		"read": func(ctx context.Context) error { _, err := rows.GetEntity(ctx, "p", "r", nil); return err },
		"transaction": func(ctx context.Context) error {
			_, err := rows.SubmitTransaction(ctx, []aztables.TransactionAction{insert(key{"p", "r"}, 1)}, nil)
			return err
		},
		"create container": func(ctx context.Context) error { _, err := a.blobs.CreateContainer(ctx, "box", nil); return err },
		"put a blob": func(ctx context.Context) error {
			_, err := a.blobs.UploadBuffer(ctx, "box", "b", []byte("x"), nil)
			return err
		},
		"get a blob": func(ctx context.Context) error { _, err := a.blobs.DownloadStream(ctx, "box", "b", nil); return err },
		"list blobs": func(ctx context.Context) error {
			_, err := a.blobs.NewListBlobsFlatPager("box", nil).NextPage(ctx)
			return err
		},
	}
}

// Every call is rejected twice, and then gets through.
func TestFaults(t *testing.T) {
	a := open(t, azurelike.Options{Faults: 1})
	for name, call := range a.calls() {
		for attempt := range 6 {
			resp, body := do(t, call)
			rejected := strings.Contains(body, "ServerBusy") || strings.Contains(body, "OperationTimedOut")
			if want := attempt%3 < 2; rejected != want {
				t.Errorf("%s, attempt %d: %d %s, want a rejection: %v", name, attempt, resp.StatusCode, body, want)
			}
			if !rejected {
				continue
			}
			if code := fmt.Sprint(resp.StatusCode); !strings.Contains("500 503 202", code) || code == "202" && name != "transaction" {
				t.Errorf("%s: rejected with %d: %s", name, resp.StatusCode, body)
			}
		}
	}
}

// A call that is rejected stores nothing. A call that times out may store its row.
func TestFaultsStored(t *testing.T) {
	a := open(t, azurelike.Options{Faults: 0.9})
	stored, occurred := 0, map[string]bool{}
	for i := range 60 {
		before := a.transport.Did()
		resp, body := do(t, func(ctx context.Context) error {
			_, err := a.tables.NewClient("rows").SubmitTransaction(ctx, []aztables.TransactionAction{insert(key{"p", fmt.Sprintf("r%02d", i)}, 1)}, nil)
			return err
		})
		after := a.transport.Did()
		kind, want := "stored", fmt.Sprint("202 ", "204")
		for _, effect := range azurelike.Effects() {
			if after[effect] > before[effect] {
				kind = string(effect)
				want = map[azurelike.Effect]string{
					azurelike.Busy: "503 ServerBusy", azurelike.BusyInside: "202 ServerBusy",
					azurelike.TimedOut: "500 OperationTimedOut", azurelike.TimedOutDone: "500 OperationTimedOut",
				}[effect]
			}
		}
		occurred[kind] = true
		status, word, _ := strings.Cut(want, " ")
		if fmt.Sprint(resp.StatusCode) != status || !strings.Contains(body, word) {
			t.Errorf("%s: %d %s", kind, resp.StatusCode, body)
		}
		if kind == "stored" || kind == string(azurelike.TimedOutDone) {
			stored++
		}
		if n := len(a.read(t)); n != stored {
			t.Fatalf("%s: %d rows, want %d", kind, n, stored)
		}
	}
	if len(occurred) != 5 {
		t.Errorf("occurred: %v", occurred)
	}
}

func TestRetryAfter(t *testing.T) {
	for after, header := range map[time.Duration]string{5 * time.Second: "Retry-After: 5", 20 * time.Millisecond: "x-ms-retry-after-ms: 20"} {
		a := open(t, azurelike.Options{Faults: 1, RetryAfter: after})
		name, value, _ := strings.Cut(header, ": ")
		with, without := 0, 0
		for i := range 20 {
			resp, _ := do(t, func(ctx context.Context) error {
				_, err := a.blobs.DownloadStream(ctx, "box", fmt.Sprint("blob", i), nil)
				return err
			})
			switch resp.Header.Get(name) {
			case value:
				with++
			case "":
				without++
			}
		}
		if with+without != 20 || with == 0 || without == 0 {
			t.Errorf("%s: %d rejections with it, %d without", header, with, without)
		}
	}
}

// The effects of a seed depend neither on the account nor on other requests, so a
// seed means the same whichever tests run.
func TestSeed(t *testing.T) {
	statuses := func(seed uint64, other bool) (list []int) {
		a := open(t, azurelike.Options{Seed: seed, Faults: 0.5})
		for i := range 40 {
			if other {
				do(t, a.calls()["list blobs"])
			}
			resp, _ := do(t, func(ctx context.Context) error {
				_, err := a.tables.NewClient("rows").GetEntity(ctx, "p", fmt.Sprint("r", i), nil)
				return err
			})
			list = append(list, resp.StatusCode)
		}
		return list
	}
	if diff := cmp.Diff(statuses(1, false), statuses(1, true)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(statuses(1, false), statuses(2, false)) {
		t.Error("another seed has the same effects")
	}
}
