package query

import (
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// What one request may cost. The answer has to begin before the platform's
// front end gives up, which it does after 230 seconds; a caller that follows
// the addresses of next pages gets all of a long answer, and sees it move.
const (
	pageRows  = 150_000          // rows read: room for the largest page, found in the index
	pageTime  = 20 * time.Second // of reading
	pageBytes = 24 << 20         // of memory that the items of a page take, compressed
)

// A budget is what one page may cost. It is looked at after each step, so that
// every page gets at least one step further.
type budget struct {
	rows  int64
	time  time.Duration
	bytes int
}

// A meter holds what a page costs against its budget.
type meter struct {
	budget
	began time.Time
	cost  *store.Cost
}

// spent reports whether the budget is used up.
func (m *meter) spent(held int, now time.Time) bool {
	return m.cost.Rows() >= m.rows || held >= m.bytes || now.Sub(m.began) >= m.time
}
