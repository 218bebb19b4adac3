package query_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/store"
)

var (
	someUsers = []string{
		"adele@contoso.com", "Alex.W@Contoso.com", "o'brien@contoso.com", `x' or PartitionKey ge '`,
		"ÖZLEM@contoso.com", "имя@contoso.com", `a"b\c<d>&e@contoso.com`, "percent%2Fplus+@contoso.com",
	}
	someOperations  = []string{"SensitivityLabelApplied", "SensitivityLabelUpdated", "Access", "Discover", "HeartBeat", "FileDeleted"}
	someRecordTypes = []int{43, 93, 94, 94, 94, 96, 97, 4711}
)

// generate makes n events: a third of them in the last hours, a third in the
// last weeks, a third in the last months; some share a second, with or without
// a fraction.
func generate(t testing.TB, random *rand.Rand, n int) []store.Event {
	t.Helper()
	ages := []time.Duration{3 * time.Hour, 15 * 24 * time.Hour, 200 * 24 * time.Hour}
	var events []store.Event
	for i := range n {
		at := now.Add(-time.Duration(random.Int64N(int64(ages[i%len(ages)])))).Truncate(time.Second)
		if i > 0 && random.IntN(4) == 0 {
			at = events[random.IntN(i)].Record.CreationTime.Add(time.Duration(random.IntN(3)) * 100 * time.Millisecond)
		}
		events = append(events, newEvent(t, random, at))
	}
	return events
}

// newEvent makes an event of a time.
func newEvent(t testing.TB, random *rand.Rand, at time.Time) store.Event {
	t.Helper()
	sent, err := json.Marshal(map[string]any{
		"Id":           fmt.Sprintf("%08x-0000-4000-8000-%012x", random.Uint32(), random.Uint32()),
		"CreationTime": at.Format("2006-01-02T15:04:05.999"),
		"RecordType":   pick(random, someRecordTypes),
		"Operation":    pick(random, someOperations),
		"UserId":       pick(random, someUsers),
		"Workload":     "Aip",
	})
	if err != nil {
		t.Fatal(err)
	}
	return store.Event{Record: record(t, sent), Content: content("generated")}
}

func pick[T any](random *rand.Rand, list []T) T { return list[random.IntN(len(list))] }

// seeded is a source of chance whose seed the test tells; -args -seed gives
// it again.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := azuritetest.Seed(t)
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// expected are the ids of the events that wanted picks out, newest first; of
// one second, by key.
func expected(events []store.Event, wanted func(store.Event) bool) []string {
	var found []store.Event
	for _, e := range events {
		if wanted(e) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b store.Event) int {
		return cmp.Or(cmp.Compare(b.Record.CreationTime.Unix(), a.Record.CreationTime.Unix()),
			cmp.Compare(a.Record.Key(), b.Record.Key()))
	})
	var ids []string
	for _, e := range found {
		ids = append(ids, e.Record.ID)
	}
	return ids
}
