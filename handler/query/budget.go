package query

import "time"

// What one request may cost. The answer has to begin before the platform's
// front end gives up, which it does after 230 seconds; a caller that follows
// nextLink gets all of a long answer, and sees it move.
const (
	pageRows = 20_000           // rows read
	pageTime = 20 * time.Second // of reading
)

// A budget is what one page may cost. It is looked at after each step, so that
// every page gets at least one step further.
type budget struct {
	rows int
	time time.Duration
}

// A meter counts what a page costs.
type meter struct {
	budget
	began time.Time
	rows  int
}

// spent counts a step, which read a row or none, and reports whether it was the last that the budget
// allows.
func (m *meter) spent(row bool, now time.Time) bool {
	if row {
		m.rows++
	}
	return m.rows >= m.budget.rows || now.Sub(m.began) >= m.budget.time
}
