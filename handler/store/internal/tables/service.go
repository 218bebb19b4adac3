package tables

import (
	"cmp"
	"context"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// maxBackoff is the longest wait before another attempt.
const maxBackoff = 20 * time.Second

// A Service is the table service of one storage account. It is safe for
// concurrent use.
type Service struct {
	client *aztables.ServiceClient
	delay  time.Duration                              // before the second attempt at a transaction
	sleep  func(context.Context, time.Duration) error // clock.Sleep; tests replace it
}

// New returns the service behind client. delay is the backoff before the second
// attempt at a transaction; it doubles with every attempt. 0 means 800 ms, and a
// negative delay means no backoff.
func New(client *aztables.ServiceClient, delay time.Duration) *Service {
	return &Service{client, cmp.Or(delay, 800*time.Millisecond), clock.Sleep}
}

// Table returns a table of the service, which need not exist.
func (s *Service) Table(name string) Table {
	return Table{s, name, s.client.NewClient(name)}
}

// Months returns the months that have a table with this prefix, newest first.
func (s *Service) Months(ctx context.Context, prefix string) ([]keys.Month, error) {
	filter, err := Between("TableName", prefix, prefix+"999999").odata()
	if err != nil {
		return nil, err
	}
	var months []keys.Month
	pager := s.client.NewListTablesPager(&aztables.ListTablesOptions{Filter: &filter})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, storage.Failed("list tables", err)
		}
		for _, p := range page.Tables {
			if m, ok := keys.ParseTable(prefix, *p.Name); ok {
				months = append(months, m)
			}
		}
	}
	slices.SortFunc(months, func(a, b keys.Month) int { return int(b - a) })
	return months, nil
}

// MonthsIn returns the months in r that may have a table with this prefix, newest
// first. If there are at most unlisted of them, it returns them all without a
// request; otherwise it asks the service which tables exist.
func (s *Service) MonthsIn(ctx context.Context, prefix string, r keys.Range, unlisted int) ([]keys.Month, error) {
	if !r.From.IsZero() && !r.To.IsZero() {
		if !r.From.Before(r.To) {
			return nil, nil
		}
		newest, oldest := keys.MonthOf(r.To.Add(-1)), keys.MonthOf(r.From)
		if int(newest-oldest) < unlisted {
			return keys.CountDown(newest, oldest), nil
		}
	}
	months, err := s.Months(ctx, prefix)
	return slices.DeleteFunc(months, func(m keys.Month) bool { return !r.Overlaps(m) }), err
}

// A MonthRow is an entity and the monthly table that holds it.
type MonthRow struct {
	Properties
	Month keys.Month
	Table Table
}

// Name returns the row's table, PartitionKey and RowKey, for people.
func (r MonthRow) Name() string { return r.Table.Name + "/" + r.Partition() + "/" + r.Key() }

// AllRows returns what q selects in every month's table with this prefix, newest
// month first.
func (s *Service) AllRows(ctx context.Context, prefix string, q Query) iter.Seq2[MonthRow, error] {
	return func(yield func(MonthRow, error) bool) {
		months, err := s.Months(ctx, prefix)
		if err != nil {
			yield(MonthRow{}, err)
			return
		}
		for _, m := range months {
			t := s.Table(m.Table(prefix))
			for row, err := range t.Rows(ctx, q) {
				if !yield(MonthRow{row, m, t}, err) || err != nil {
					return
				}
			}
		}
	}
}

// Drop deletes a table. It succeeds if the table does not exist: another run, or an
// earlier attempt whose response was lost, has dropped it.
func (s *Service) Drop(ctx context.Context, name string) error {
	if _, err := s.client.DeleteTable(ctx, name, nil); err != nil && !noTable(err) {
		return storage.Failed("drop "+name, err)
	}
	return nil
}

// Backoff waits after attempt n, counted from 1. The wait doubles with n, up to
// 20 s. Half of it is jitter, so that runs that were throttled together do not
// return together.
func (s *Service) Backoff(ctx context.Context, n int) error {
	if s.delay < 0 {
		return ctx.Err()
	}
	d := min(s.delay<<(n-1), maxBackoff)
	return s.sleep(ctx, d/2+rand.N(d/2+1))
}
