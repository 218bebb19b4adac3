package ledger

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// A DayCount is the number of content blobs in each state, of one content type and
// one UTC day of contentCreated.
type DayCount struct {
	Day                             time.Time // midnight
	Pending, Done, Lost, Unreadable int
}

// CountByDay counts the content blobs of one type that were created on the UTC
// days from first to last. It reads only keys and states, a thousand a request.
func (l *Ledger) CountByDay(ctx context.Context, contentType string, first, last time.Time) (map[time.Time]*DayCount, error) {
	counts := map[time.Time]*DayCount{}
	q := Query{ContentType: contentType, From: Day(first), To: Day(last).AddDate(0, 0, 1)}
	months, after, err := l.monthsOf(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("count content blobs: %w", err)
	}
	for _, m := range months {
		rows := l.tables.Table(m.Table(tablePrefix)).Rows(ctx, tables.Query{
			Filter: q.filter(keys.TypeKey(contentType), m, after), Select: []string{"RowKey", colState, colNotified},
		})
		for row, err := range rows {
			if err == nil {
				err = countRow(counts, row)
			}
			if err != nil {
				return nil, fmt.Errorf("count content blobs: %w", err)
			}
		}
	}
	return counts, nil
}

// countRow counts one entry's own row. A lost content blob that only a
// notification named does not count: the API may never have had it.
func countRow(counts map[time.Time]*DayCount, row tables.Properties) error {
	inverted, _, _ := strings.Cut(strings.TrimPrefix(row.Key(), rowPrefix), "_")
	second, err := keys.ParseInvertedSecond(inverted)
	if err != nil {
		return fmt.Errorf("row %s: %w", row.Key(), err)
	}
	day := Day(time.Unix(second, 0))
	if counts[day] == nil {
		counts[day] = &DayCount{Day: day}
	}
	switch State(row.Text(colState)) {
	case Pending:
		counts[day].Pending++
	case Done:
		counts[day].Done++
	case Unreadable:
		counts[day].Unreadable++
	case Lost:
		if !row.Bool(colNotified) {
			counts[day].Lost++
		}
	}
	return nil
}

// Day returns midnight UTC of t's day, by which CountByDay counts entries.
func Day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
