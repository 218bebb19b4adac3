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
	"github.com/labeltrail/labeltrail/handler/store"
)

// modelQuestions is how many random questions the model is held against, twice.
// Thousands, through storage that behaves as Azure does:
//
//	go test ./handler/query -run TestAnyQuestion -v -args -questions 5000 -azure
var modelQuestions = flag.Int("questions", 40, "how many random questions are held against the model")

// A world is a trail, and the model of what is in it.
type world struct {
	*trail
	hasty  *httptest.Server // the same with a budget that is soon spent
	random *rand.Rand
	hours  []time.Time
	events []*modelEvent
	byID   map[string]*modelEvent
}

func newWorld(t *testing.T, random *rand.Rand, n int) *world {
	t.Helper()
	w := &world{trail: newTrail(t), random: random, hours: modelHours(random), byID: map[string]*modelEvent{}}
	w.hasty = httptest.NewServer(query.NewWithBudget(w.config, 5000, time.Hour, 1))
	t.Cleanup(w.hasty.Close)
	w.arrive(t, n)
	return w
}

// arrive adds events, some in the same second as others.
func (w *world) arrive(t *testing.T, n int) (arrived []*modelEvent) {
	t.Helper()
	var batch []store.Event
	for range n {
		at := modelTime(w.random, w.hours)
		if len(w.events) > 0 && w.random.IntN(3) == 0 {
			at = pick(w.random, w.events).at
		}
		e := newModelEvent(t, w.random, at)
		arrived, batch = append(arrived, e), append(batch, e.event)
		w.events, w.byID[e.columns["Id"]] = append(w.events, e), e
	}
	w.write(t, batch...)
	return arrived
}

func TestAnyQuestionIsAnsweredAsTheModelAnswersIt(t *testing.T) {
	t.Run("of a fixed seed", func(t *testing.T) { holdAgainstModel(t, rand.New(rand.NewPCG(26, 11))) })
	t.Run("of any seed", func(t *testing.T) { holdAgainstModel(t, seeded(t)) })
}

func holdAgainstModel(t *testing.T, random *rand.Rand) {
	w := newWorld(t, random, 1500)
	answered, empty, pages := 0, 0, 0
	for range *modelQuestions {
		q := newModelQuestion(random, w.events)
		n := len(q.answers(w.events))
		pages += w.hold(t, q, n)
		answered += n
		if n == 0 {
			empty++
		}
		if t.Failed() {
			t.Fatalf("asked %s", q.asked)
		}
	}
	t.Logf("%d questions, %d of them without an answer, %d answers on %d pages", *modelQuestions, empty, answered, pages)
	if answered < 10**modelQuestions || empty == *modelQuestions {
		t.Error("the questions are such that this shows little")
	}
}

// hold asks a question in some format and view, in pages of some size, while
// events may arrive, and checks the pages joined.
func (w *world) hold(t *testing.T, q *modelQuestion, n int) (pages int) {
	t.Helper()
	const most = 15 // pages
	format, view := pick(w.random, []string{"json", "ndjson", "csv"}), pick(w.random, []string{"normalized", "record", "cmdlet"})
	sizes := slices.DeleteFunc([]int{1, 7, 100, 5000}, func(size int) bool { return n > most*size })
	server := pick(w.random, []*httptest.Server{w.Server, w.Server, w.hasty})
	next := fmt.Sprintf("%s/api/v1/events?%s&format=%s&view=%s&resultSize=%d", server.URL, q.asked, format, view, pick(w.random, sizes))
	arriving := w.random.IntN(3) == 0

	j := &joined{before: q.answers(w.events), passed: map[*modelEvent]bool{}, gap: map[*modelEvent]bool{}}
	for ; next != ""; pages++ {
		if pages > 20*most {
			t.Fatalf("%s does not end", next)
		}
		var items []modelItem
		items, next = readPage(t, w.get(t, next), format, view)
		for _, item := range items {
			j.add(t, w, item, format, view)
		}
		if arriving && next != "" {
			j.note(w.arrive(t, 1+w.random.IntN(3)))
		}
	}
	j.check(t, q.answers(w.events))
	return pages
}

// joined are the pages of one answer, and what arrived between them.
type joined struct {
	before []*modelEvent // the answer as it was at first
	got    []*modelEvent
	// passed arrived where the answer had been already, and gap behind what
	// it had shown, but before what it was certain to show next.
	passed, gap map[*modelEvent]bool
}

func (j *joined) add(t *testing.T, w *world, item modelItem, format, view string) {
	t.Helper()
	id, _ := item.value(t)["Id"].(string)
	e := w.byID[id]
	if e == nil {
		t.Fatalf("there is no event like %s", item.record)
	}
	checkItem(t, e, item, format, view)
	j.got = append(j.got, e)
}

// note remembers which of those that arrived cannot be on a later page, and
// which need not.
func (j *joined) note(arrived []*modelEvent) {
	for _, e := range arrived {
		if len(j.got) > 0 && e.newer(j.got[len(j.got)-1]) {
			j.passed[e] = true
			continue
		}
		shown := func(next *modelEvent) bool { return slices.Contains(j.got, next) }
		i := slices.IndexFunc(j.before, func(next *modelEvent) bool { return !shown(next) })
		if i < 0 || e.newer(j.before[i]) {
			j.gap[e] = true
		}
	}
}

// check checks the pages joined against the answer that there is now.
func (j *joined) check(t *testing.T, now []*modelEvent) {
	t.Helper()
	i := 0
	for _, want := range now {
		if i < len(j.got) && j.got[i] == want {
			if j.passed[want] {
				t.Errorf("%s arrived before its place was passed, and is in the answer", want.sent)
			}
			i++
		} else if !j.passed[want] && !j.gap[want] {
			t.Errorf("%s is missing, or out of order", want.sent)
		}
	}
	if i < len(j.got) {
		t.Errorf("%d events too many, or out of order, from %s on", len(j.got)-i, j.got[i].sent)
	}
}
