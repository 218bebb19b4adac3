package events

import (
	"cmp"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/keys"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
	"github.com/labeltrail/labeltrail/handler/store/internal/tables"
)

// varied returns n events over some months that differ in everything indexed. Some
// are at the edges of months; many share an hour, a second or a value.
func varied(t testing.TB, random *rand.Rand, n int) []Event {
	t.Helper()
	choose := func(of ...string) string { return of[random.IntN(len(of))] }
	var events []Event
	for i := range n {
		created := at("2026-11-21T10:00:00Z").Add(-time.Duration(random.Int64N(int64(100 * 24 * time.Hour)))).Truncate(time.Second)
		switch random.IntN(4) {
		case 0:
			created = at("2026-11-21T09:00:00Z").Add(time.Duration(random.IntN(40)) * time.Second)
		case 1:
			created = at("2026-11-01T00:00:00Z").Add(time.Duration(random.IntN(3)-1) * time.Second)
		}
		sent := map[string]any{
			"Id": guid(i), "CreationTime": created.Format("2006-01-02T15:04:05"), "RecordType": []int{93, 94, 94, 94, 97}[random.IntN(5)],
			"Operation": choose("Access", "Discover", "SensitivityLabelUpdated"), "UserId": choose("ada@contoso.example", "O'Brien@contoso.example", "özlem@contoso.example"),
			"ObjectId":                  choose(`C:\Users\Ada\a.docx`, `\\server\share\A.DOCX`, "https://x.example/b%20c.docx", "rare.txt"),
			"ClientIP":                  choose("20.163.159.46", "2001:db8::A"),
			"Common":                    map[string]any{"DeviceName": choose("LAPTOP-7", "laptop-8")},
			"SensitivityLabelEventData": map[string]any{"SensitivityLabelId": choose("L1", "L2", "L3"), "OldSensitivityLabelId": choose("l1", "l2", "l3"), "LabelEventType": random.IntN(4)},
		}
		if random.IntN(5) == 0 {
			delete(sent, choose("ObjectId", "UserId", "SensitivityLabelEventData", "Common", "ClientIP"))
		}
		text, err := json.Marshal(sent)
		if err != nil {
			t.Fatal(err)
		}
		r, err := audit.ParseRecord(text)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, Event{r, content("one", "2026-11-21T10:00:00Z"), i})
	}
	return events
}

// A condition is a term, and another way to tell which records have it.
type condition struct {
	term Term
	has  func(audit.Record) bool
}

func conditions() []condition {
	text := func(a audit.Attribute, want string) func(audit.Record) bool {
		return func(r audit.Record) bool {
			got, ok := r.Text(a)
			return ok && strings.EqualFold(got, want)
		}
	}
	either := func(a, b func(audit.Record) bool) func(audit.Record) bool {
		return func(r audit.Record) bool { return a(r) || b(r) }
	}
	var list []condition
	for _, user := range []string{"ADA@contoso.example", "o'brien@contoso.example", "ÖZLEM@contoso.example", "nobody@contoso.example"} {
		list = append(list, condition{OfUser(user), text(audit.UserID, user)})
	}
	for _, object := range []string{`c:\users\ada\A.docx`, "RARE.txt", "https://x.example/b%20c.docx"} {
		list = append(list, condition{OfObject(object), text(audit.ObjectID, object)})
	}
	for _, label := range []string{"L1", "l2"} {
		list = append(list, condition{OfLabel(label), either(text(audit.SensitivityLabelID, label), text(audit.OldSensitivityLabelID, label))})
	}
	fileName := func(r audit.Record) bool {
		object, ok := r.Text(audit.ObjectID)
		return ok && strings.EqualFold(audit.FileName(object), "a.docx")
	}
	return append(list,
		condition{OfFileName("A.docx"), fileName},
		condition{OfDevice("laptop-7"), text(audit.DeviceName, "LAPTOP-7")},
		condition{OfIP("2001:DB8::a"), text(audit.ClientIP, "2001:db8::a")},
		condition{OfOperation("discover"), text(audit.Operation, "Discover")},
		condition{OfRecordType(97), func(r audit.Record) bool { return r.RecordType == 97 }},
		condition{OfRecordType(94), func(r audit.Record) bool { return r.RecordType == 94 }},
		condition{OfLabelEventType(2), func(r audit.Record) bool { n, ok := r.Int(audit.LabelEventType); return ok && n == 2 }},
	)
}

// newest sorts events as List does.
func newest(events []Event) []Event {
	return slices.SortedFunc(slices.Values(events), func(a, b Event) int { return cmp.Compare(a.Position(), b.Position()) })
}

func TestListByTerms(t *testing.T) {
	random := rand.New(rand.NewPCG(azuritetest.Seed(t), 0))
	s, _ := open(t)
	events := newest(varied(t, random, 400))
	write(t, s, fixture.Shuffled(random.Uint64(), events)...)
	all := conditions()
	for range 150 {
		q := Query{Limit: []int{0, 1, 7, 5000}[random.IntN(4)]}
		if random.IntN(2) == 0 {
			q.From = at("2026-11-21T10:00:00Z").Add(-time.Duration(random.IntN(100*24)) * time.Hour)
			q.To = q.From.Add(time.Duration(random.IntN(60*24)) * time.Hour)
		}
		if random.IntN(3) == 0 {
			q.After = events[random.IntN(len(events))].Position()
		}
		var matches []func(audit.Record) bool
		for range 1 + random.IntN(3) {
			a, b := all[random.IntN(len(all))], all[random.IntN(len(all))]
			q.Terms = append(q.Terms, []Term{a.term, b.term})
			matches = append(matches, func(r audit.Record) bool { return a.has(r) || b.has(r) })
		}
		wanted := func(e Event) bool {
			return !slices.ContainsFunc(matches, func(has func(audit.Record) bool) bool { return !has(e.Record) })
		}
		var want, got []string
		for _, e := range events {
			if wanted(e) && e.Position() > q.After && q.times().Contains(e.Record.CreationTime) {
				want = append(want, e.Record.ID)
			}
		}
		for _, e := range fixture.Collect(t, s.List(t.Context(), q)) {
			if wanted(e) {
				got = append(got, e.Record.ID)
			}
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Fatalf("%+v (-want +got):\n%s", q, diff)
		}
	}
}

// indexRows returns the names of all stored entries.
func indexRows(t testing.TB, s testEvents) (names []string) {
	t.Helper()
	months, err := s.tables.Months(t.Context(), indexPrefix)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range months {
		for _, f := range fixture.Collect(t, s.tables.Table(m.Table(indexPrefix)).Rows(t.Context(), tables.Query{})) {
			names = append(names, entry{m, f.Partition(), f.Key()}.name())
		}
	}
	return names
}

func entryNames(events []Event) (names []string) {
	for _, e := range entriesOf(events) {
		names = append(names, e.name())
	}
	return names
}

func TestIndexAnyOrder(t *testing.T) {
	first := event(t, content("one", "2026-11-21T10:00:00Z"), 0, 1, "2026-11-21T09:00:00Z")
	other := Event{record(t, guid(1), "2026-11-21T09:00:00Z", `,"Location":"x","UserId":"eve@contoso.example"`), content("two", "2026-11-21T11:00:00Z"), 0}
	copied := Event{first.Record, content("three", "2026-11-21T12:00:00Z"), 4}
	want := entryNames([]Event{first, other})
	for _, order := range [][]Event{{first, other, copied}, {other, copied, first}, {copied, other, first}} {
		s, _ := open(t)
		for _, e := range order {
			write(t, s, e)
		}
		if diff := gocmp.Diff(want, indexRows(t, s)); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

func TestWriteCompletesIndex(t *testing.T) {
	events := spread(t, content("one", "2026-11-21T10:00:00Z"), 120, "2026-11-21T09:59:59Z", 20*time.Second)
	for i := range 12 {
		s, f := openPlain(t)
		does := fixture.NotApplied
		if i%2 == 1 {
			does = fixture.AppliedThenBroken
		}
		f.Fail("$batch index", i, 1<<30, does)
		if _, err := s.Write(t.Context(), events); !storage.Unavailable(err) {
			t.Fatalf("batch %d: %v", i, err)
		}
		f.Clear()
		if rows, _, _ := counted(write(t, s, events...)); rows != len(events) {
			t.Errorf("batch %d: %d rows", i, rows)
		}
		if diff := gocmp.Diff(entryNames(events), indexRows(t, s)); diff != "" {
			t.Errorf("batch %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestIndexWrittenAfterRows(t *testing.T) {
	s, f := openPlain(t)
	f.Fail("$batch events", 0, 1<<30, fixture.NotApplied)
	if _, err := s.Write(t.Context(), spread(t, content("one", "2026-11-21T10:00:00Z"), 3, "2026-11-21T09:59:59Z", time.Second)); err == nil {
		t.Fatal("rows were written")
	}
	if n := f.Count("$batch index"); n > 0 {
		t.Errorf("%d transactions for the index", n)
	}
}

func TestIndexKeysUnchanged(t *testing.T) {
	e := event(t, content("one", "2026-11-21T10:00:00Z"), 0, 1, "2026-11-21T09:00:00Z")
	want := []string{
		"index202611/b09/f_89ae2579b72a1c42_8204748399_9e3779b1-0000-4000-8000-000000000001",
		"index202611/b22/o_16d7cf6051d7be2e_8204748399_9e3779b1-0000-4000-8000-000000000001",
		"index202611/b30/l_9e6a2be3abb66e8a_8204748399_9e3779b1-0000-4000-8000-000000000001",
		"index202611/b34/d_22cdacba7c535883_8204748399_9e3779b1-0000-4000-8000-000000000001",
		"index202611/b35/t_e3d6c4d4599e0088_8204748399_9e3779b1-0000-4000-8000-000000000001",
		"index202611/b40/i_a812da6e62651fd7_8204748399_9e3779b1-0000-4000-8000-000000000001",
		"index202611/b43/e_6b86b273ff34fce1_8204748399_9e3779b1-0000-4000-8000-000000000001",
		"index202611/b54/a_76d413de28992df8_8204748399_9e3779b1-0000-4000-8000-000000000001",
		"index202611/b56/l_f8bb790fd79517b4_8204748399_9e3779b1-0000-4000-8000-000000000001",
		"index202611/b61/u_bd50a790b407ef67_8204748399_9e3779b1-0000-4000-8000-000000000001",
		"index202611/b62/p_be83efb0f7d7f888_8204748399_9e3779b1-0000-4000-8000-000000000001",
	}
	if diff := gocmp.Diff(want, entryNames([]Event{e})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func FuzzTermCase(f *testing.F) {
	f.Add("Ada@contoso.example", "ADA@contoso.example")
	f.Add("a/b\\c#?%'", "é")
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = strings.ToValidUTF8(a, "\uFFFD"), strings.ToValidUTF8(b, "\uFFFD")
		ka, kb := keyOfTerm(OfUser(a)), keyOfTerm(OfUser(b))
		if (ka == kb) != strings.EqualFold(a, b) {
			t.Errorf("%q and %q: %v and %v", a, b, ka, kb)
		}
		if !keys.Valid(ka.bucket) || !keys.Valid(ka.prefix) {
			t.Errorf("%q: %v", a, ka)
		}
		e := eventKey{keys.MonthOf(at("2026-11-21T10:00:00Z")), 1795255200, guid(1)}
		back, err := eventKeyOfEntry(e.month, entryOf(OfUser(a), e).key)
		if back != e || err != nil {
			t.Errorf("%v, %v", back, err)
		}
	})
}
