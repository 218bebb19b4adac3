package tables

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// A service is the table service of one storage account.
type Service struct {
	client *aztables.ServiceClient
	delay  time.Duration                              // before a transaction is sent again
	wait   func(context.Context, time.Duration) error // sleeps; tests don't
}

// newService returns the service behind client. delay is how long to wait before
// a transaction is first sent again; 0: 800 ms, below 0: not at all.
func New(client *aztables.ServiceClient, delay time.Duration) *Service {
	return &Service{client, cmp.Or(delay, 800*time.Millisecond), sleep}
}

// table returns a table of the service, which may not exist yet.
func (s *Service) Table(name string) Table {
	return Table{s, name, s.client.NewClient(name)}
}

// months lists the months that have a table of this kind, newest first.
func (s *Service) Months(ctx context.Context, prefix string) ([]keys.Month, error) {
	var months []keys.Month
	filter, err := Between("TableName", prefix, prefix+"999999").odata()
	if err != nil {
		return nil, err
	}
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

// monthsBetween returns the months of [from, to) that may have a table,
// newest first. It asks the service which there are only if they may be more
// than unseen.
func (s *Service) MonthsBetween(ctx context.Context, prefix string, from, to time.Time, unseen int) ([]keys.Month, error) {
	if !from.IsZero() && !to.IsZero() {
		if !from.Before(to) {
			return nil, nil
		}
		newest, oldest := keys.MonthOf(to.Add(-1)), keys.MonthOf(from)
		if int(newest-oldest) < unseen {
			return keys.CountDown(newest, oldest), nil
		}
	}
	months, err := s.Months(ctx, prefix)
	return slices.DeleteFunc(months, func(m keys.Month) bool {
		return !to.IsZero() && !m.Start().Before(to) || !from.IsZero() && !from.Before((m+1).Start())
	}), err
}

// Drop deletes a table. It may be gone already: another run dropped it, or an
// earlier try of this call whose answer got lost.
func (s *Service) Drop(ctx context.Context, name string) error {
	if _, err := s.client.DeleteTable(ctx, name, nil); err != nil && !noTable(err) {
		return storage.Failed("drop "+name, err)
	}
	return nil
}

// backoff waits before try number n, counted from 1: twice as long each time,
// up to 20 s, and between a half and the whole of that, so that those who were
// refused together do not come back together.
func (s *Service) Backoff(ctx context.Context, n int) error {
	if s.delay < 0 {
		return ctx.Err()
	}
	d := min(s.delay<<(n-1), 20*time.Second)
	return s.wait(ctx, d/2+rand.N(d/2+1))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
