package query

import (
	"sync/atomic"
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

	// What the items of all pages take that are being answered at a time, and
	// what each may take in any case: an instance with little memory is asked
	// as many questions as one with much.
	allBytes   = 64 << 20
	shareBytes = 4 << 20
)

// A budget is what one page may cost. It is looked at after each step, so that
// every page gets at least one step further.
type budget struct {
	rows  int64
	time  time.Duration
	bytes int64

	all, share int64 // bytes of all pages, of which one has its share in any case
}

// A meter holds what an answer costs against the budget of its page.
type meter struct {
	budget
	began time.Time
	cost  *store.Cost
	held  int64         // bytes that the items of the page take
	total *atomic.Int64 // the same of all pages
}

// hold notes how much the items take by now.
func (m *meter) hold(bytes int) {
	m.total.Add(int64(bytes) - m.held)
	m.held = int64(bytes)
}

// spent reports whether the budget is used up.
func (m *meter) spent(now time.Time) bool {
	return m.cost.Rows() >= m.rows || now.Sub(m.began) >= m.time ||
		m.held >= m.bytes || m.held >= m.share && m.total.Load() >= m.all
}
