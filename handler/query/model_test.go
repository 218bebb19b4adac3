package query_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/query"
	"github.com/labeltrail/labeltrail/handler/store/events"
)

// modelQuestions is the number of random questions that are compared with the
// model, for each of two seeds. To ask thousands, with storage that behaves like
// Azure:
//
//	go test ./handler/query -run TestModel -v -args -questions 5000 -azure
var modelQuestions = flag.Int("questions", 40, "number of random questions that are compared with the model")

// A modelFixture is a trail and a model of its events.
type modelFixture struct {
	*trail
	lowBudget *httptest.Server // the same API with a budget that is soon exhausted
	random    *rand.Rand
	hours     []time.Time
	events    []*modelEvent
	byID      map[string]*modelEvent
}

func newModelFixture(t *testing.T, random *rand.Rand, n int) *modelFixture {
	t.Helper()
	f := &modelFixture{trail: newTrail(t), random: random, hours: modelHours(random), byID: map[string]*modelEvent{}}
	f.lowBudget = httptest.NewServer(query.NewWithBudget(f.config, 5000, time.Hour, 1))
	t.Cleanup(f.lowBudget.Close)
	f.addEvents(t, n)
	return f
}

// addEvents adds random events, some in the same second as earlier ones.
func (f *modelFixture) addEvents(t *testing.T, n int) (added []*modelEvent) {
	t.Helper()
	var batch []events.Event
	for range n {
		at := modelTime(f.random, f.hours)
		if len(f.events) > 0 && f.random.IntN(3) == 0 {
			at = pick(f.random, f.events).at
		}
		e := newModelEvent(t, f.random, at)
		added, batch = append(added, e), append(batch, e.event)
		f.events, f.byID[e.columns["Id"]] = append(f.events, e), e
	}
	f.write(t, batch...)
	return added
}

func TestModel(t *testing.T) {
	t.Run("fixed seed", func(t *testing.T) { compareWithModel(t, rand.New(rand.NewPCG(26, 11))) })
	t.Run("random seed", func(t *testing.T) { compareWithModel(t, seeded(t)) })
}

func compareWithModel(t *testing.T, random *rand.Rand) {
	f := newModelFixture(t, random, 1500)
	results, empty, pages := 0, 0, 0
	for range *modelQuestions {
		q := newModelQuestion(random, f.events)
		n := len(q.results(f.events))
		pages += f.compare(t, q, n)
		results += n
		if n == 0 {
			empty++
		}
		if t.Failed() {
			t.Fatalf("question %s", q.query)
		}
	}
	t.Logf("%d questions, %d of them without a result, %d results on %d pages", *modelQuestions, empty, results, pages)
	if results < 10**modelQuestions || empty == *modelQuestions {
		t.Error("precondition: the questions have too few results")
	}
}

// compare asks a question in a random format and view, with a random page size,
// while events may arrive, and compares the joined pages with the model.
func (f *modelFixture) compare(t *testing.T, q *modelQuestion, n int) (pages int) {
	t.Helper()
	const maxPages = 15
	format, view := pick(f.random, []string{"json", "ndjson", "csv"}), pick(f.random, []string{"normalized", "record", "cmdlet"})
	sizes := slices.DeleteFunc([]int{1, 7, 100, 5000}, func(size int) bool { return n > maxPages*size })
	server := pick(f.random, []*httptest.Server{f.Server, f.Server, f.lowBudget})
	next := fmt.Sprintf("%s/api/v1/events?%s&format=%s&view=%s&resultSize=%d", server.URL, q.query, format, view, pick(f.random, sizes))
	arriving := f.random.IntN(3) == 0

	j := &joinedPages{initial: q.results(f.events), tooNew: map[*modelEvent]bool{}, optional: map[*modelEvent]bool{}}
	for ; next != ""; pages++ {
		if pages > 20*maxPages {
			t.Fatalf("too many pages: %s", next)
		}
		var items []modelItem
		items, next = readPage(t, f.get(t, next), format, view)
		for _, item := range items {
			j.add(t, f, item)
		}
		if arriving && next != "" {
			j.note(f.addEvents(t, 1+f.random.IntN(3)))
		}
	}
	j.check(t, q.results(f.events))
	return pages
}

// joinedPages are the pages of one result, and what may have changed between
// them.
type joinedPages struct {
	initial []*modelEvent // the result before the first page
	got     []*modelEvent
	// Events that arrived between pages. tooNew are newer than the last event
	// shown, so no later page may have them. optional are older than that, but
	// newer than the next event of the initial result: the position of the page
	// may be before or after them.
	tooNew, optional map[*modelEvent]bool
}

func (j *joinedPages) add(t *testing.T, f *modelFixture, item modelItem) {
	t.Helper()
	id, _ := item.value(t)["Id"].(string)
	e := f.byID[id]
	if e == nil {
		t.Fatalf("unknown event %s", item.record)
	}
	checkItem(t, e, item)
	j.got = append(j.got, e)
}

// note classifies events that arrived before the next page.
func (j *joinedPages) note(arrived []*modelEvent) {
	for _, e := range arrived {
		if len(j.got) > 0 && e.newer(j.got[len(j.got)-1]) {
			j.tooNew[e] = true
			continue
		}
		isShown := func(next *modelEvent) bool { return slices.Contains(j.got, next) }
		i := slices.IndexFunc(j.initial, func(next *modelEvent) bool { return !isShown(next) })
		if i < 0 || e.newer(j.initial[i]) {
			j.optional[e] = true
		}
	}
}

// check compares the joined pages with the result after the last page.
func (j *joinedPages) check(t *testing.T, final []*modelEvent) {
	t.Helper()
	i := 0
	for _, want := range final {
		if i < len(j.got) && j.got[i] == want {
			if j.tooNew[want] {
				t.Errorf("%s arrived after its position was passed, but is on a page", want.sent)
			}
			i++
		} else if !j.tooNew[want] && !j.optional[want] {
			t.Errorf("%s is missing or out of order", want.sent)
		}
	}
	if i < len(j.got) {
		t.Errorf("%d events are unexpected or out of order, from %s on", len(j.got)-i, j.got[i].sent)
	}
}
