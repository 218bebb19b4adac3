package events

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

func TestWrite(t *testing.T) {
	s, _ := open(t)
	c := content("one", "2026-11-21T10:00:00Z")
	events := spread(t, c, 230, "2026-11-21T09:59:59Z", 41*time.Second)
	rows, duplicates, conflicts := counted(write(t, s, fixture.Shuffled(1, events)...))
	if rows != 230 || duplicates != 0 || conflicts != 0 {
		t.Errorf("%d rows, %d duplicates, %d conflicts", rows, duplicates, conflicts)
	}
	got := fixture.Collect(t, s.List(t.Context(), Query{}))
	if diff := cmp.Diff(plain(events), plain(got)); diff != "" {
		t.Error(diff)
	}
}

// The names and types of columns are what people see in the table, and what filters
// rely on.
func TestStoredRow(t *testing.T) {
	s, _ := open(t)
	c := content("492638008028$20261121$x", "2026-11-21T10:05:00Z")
	write(t, s, Event{record(t, "CA08441D-7876-4320-9c75-c0a3d99bcc4a", "2026-11-21T10:00:00Z",
		`,"JustificationText":"it's \"public\" 😀"`), c, 3})
	f, _, err := s.tables.Table("events202611").Get(t.Context(), "99501317", "8204744799_ca08441d-7876-4320-9c75-c0a3d99bcc4a")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	for name, value := range f.All() {
		got[name] = value.Value()
	}
	for _, name := range []string{"odata.metadata", "odata.etag", "Timestamp", "Timestamp@odata.type", "AuditData", "RecordSha256"} {
		delete(got, name)
	}
	want := map[string]any{
		"PartitionKey": "99501317", "RowKey": "8204744799_ca08441d-7876-4320-9c75-c0a3d99bcc4a",
		"Id": "CA08441D-7876-4320-9c75-c0a3d99bcc4a", "CreationTime": "2026-11-21T10:00:00.0000000Z", "CreationTime@odata.type": "Edm.DateTime",
		"RecordType": 94., "Operation": "SensitivityLabelUpdated", "OrganizationId": "84b06764-3e5e-4f51-9a78-046a7f38b59b",
		"UserKey": "aec5d8fc-bbbd-4ab0-b607-5d9ea1f067f2", "UserType": 0., "Version": 1., "Workload": "Aip", "Scope": 1.,
		"ClientIP": "20.163.159.46", "ObjectId": `C:\Users\Ada\Documents\Budget.docx`, "UserId": "ada@contoso.example",
		"SensitivityLabelId": "6a10f3c2-a682-44ba-a911-52dcca64e78d", "OldSensitivityLabelId": "6282649d-9e2a-4063-8587-32eaaa9ad68e",
		"LabelEventType": 1., "ActionSource": 3.,
		"ProtectionEventType": 1., "ProtectionType": "Template", "TemplateId": "b00b3737-7542-4181-ab70-5dde2c266ccf",
		"IsProtected": true, "IsProtectedBefore": false, "ProtectionOwner": "ada@contoso.example",
		"ApplicationId": "c00e9d32-3c8d-4a7d-832b-029040e7db99", "ApplicationName": "Microsoft Azure Information Protection Word Add-In",
		"ProcessName": "WINWORD", "Platform": 1., "DeviceName": "LAPTOP-7", "Location": "On-premises file shares", "ProductVersion": "2.14.90.0",
		"DataState": "Use", "ContentId": "492638008028$20261121$x", "ContentType": "Audit.General",
		"ContentCreated": "2026-11-21T10:05:00.0000000Z", "ContentCreated@odata.type": "Edm.DateTime", "ContentIndex": 3.,
		"AuditData@odata.type": "Edm.Binary", "RecordSha256@odata.type": "Edm.Binary",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
}

func TestWriteAgain(t *testing.T) {
	s, f := openPlain(t)
	events := spread(t, content("one", "2026-11-21T10:00:00Z"), 150, "2026-11-21T09:59:59Z", 20*time.Second)
	write(t, s, events[:70]...)
	before := f.Count("events")
	if rows, _, _ := counted(write(t, s, events...)); rows != 150 {
		t.Errorf("%d rows", rows)
	}
	if rows, _, _ := counted(write(t, s, fixture.Shuffled(2, events)...)); rows != 150 {
		t.Errorf("%d rows in the third write", rows)
	}
	// Two batches each time. Three of the four clash, which costs a read, and one of
	// those has missing rows, which costs a batch.
	if n := f.Count("events") - before; n != 8 {
		t.Errorf("%d requests for two repetitions", n)
	}
	if got := fixture.Collect(t, s.List(t.Context(), Query{})); len(got) != 150 {
		t.Errorf("%d events", len(got))
	}
}

func TestWriteNothing(t *testing.T) {
	s, f := open(t)
	if outcomes := write(t, s); len(outcomes) != 0 || f.Count("") != 0 {
		t.Errorf("%v, %d requests", outcomes, f.Count(""))
	}
}

// variants returns the same event from several content blobs: the first, a copy
// with other white space, another record under its id, and two in one content blob.
func variants(t *testing.T) []Event {
	same, at := guid(1), "2026-11-21T09:00:00Z"
	spaced := record(t, same, at, "")
	spaced.JSON = append([]byte(" \n"), spaced.JSON...)
	first, second, third := content("b", "2026-11-21T10:00:00Z"), content("a", "2026-11-21T10:00:01Z"), content("c", "2026-11-21T10:00:01Z")
	return []Event{
		{record(t, same, at, ""), first, 0},
		{record(t, strings.ToUpper(same), at, ""), first, 4}, // another Id in JSON, the same key
		{spaced, second, 2},
		{record(t, same, at, `,"JustificationText":"later"`), second, 1},
		{record(t, same, at, ""), third, 0},
	}
}

func TestRowOfEarliestAnyOrder(t *testing.T) {
	order := 0
	var want []shown
	for events := range permutations(variants(t)) {
		order++
		if order%2 == 0 { // 60 orders are enough, because Azurite is slow
			continue
		}
		s, _ := open(t)
		for _, e := range events {
			write(t, s, e)
		}
		got := plain(fixture.Collect(t, s.List(t.Context(), Query{})))
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" || len(got) != 1 || got[0].ContentID != "b" || got[0].Index != 0 {
			t.Fatalf("order %v (-want +got):\n%s", sources(events), diff)
		}
	}
}

func TestRowOfEarliestByID(t *testing.T) {
	const when = "2026-11-21T10:00:00.1234567Z"
	for _, order := range [][]string{{"a", "b"}, {"b", "a"}} {
		s, _ := open(t)
		for i, id := range order {
			c := content(id, when)
			c.Created = c.Created.Add(time.Duration(10 * i)) // less than the precision of a row
			write(t, s, event(t, c, 0, 1, "2026-11-21T09:00:00Z"))
		}
		if got := fixture.Collect(t, s.List(t.Context(), Query{})); got[0].Content.ID != "a" {
			t.Errorf("%v: the row is that of %s", order, got[0].Content.ID)
		}
	}
}

// permutations yields list in every order.
func permutations[T any](list []T) func(yield func([]T) bool) {
	return func(yield func([]T) bool) { permute(slices.Clone(list), 0, yield) }
}

func permute[T any](list []T, from int, yield func([]T) bool) bool {
	if from == len(list) {
		return yield(list)
	}
	for i := from; i < len(list); i++ {
		list[from], list[i] = list[i], list[from]
		if !permute(list, from+1, yield) {
			return false
		}
		list[from], list[i] = list[i], list[from]
	}
	return true
}

func sources(events []Event) (list []string) {
	for _, e := range events {
		list = append(list, fmt.Sprintf("%s/%d", e.Content.ID, e.Index))
	}
	return list
}

func TestWriteShuffledGroups(t *testing.T) {
	var events []Event
	for n := range 40 {
		for i, c := range []audit.Content{content("x", "2026-11-21T10:00:00Z"), content("y", "2026-11-21T09:00:00Z"), content("z", "2026-11-21T11:00:00Z")} {
			if n%(i+2) == 0 {
				extra := []string{"", fmt.Sprintf(`,"JustificationText":"%d"`, i)}[n%2]
				at := at("2026-10-31T23:30:00Z").Add(time.Duration(n) * 2 * time.Minute).Format(time.RFC3339)
				events = append(events, Event{record(t, guid(n), at, extra), c, n})
			}
		}
	}
	var want []shown
	for seed := range uint64(6) {
		s, _ := open(t)
		for group := range slices.Chunk(fixture.Shuffled(seed, events), 1+int(seed)*9) {
			write(t, s, group...)
		}
		got := plain(fixture.Collect(t, s.List(t.Context(), Query{})))
		if want == nil {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
	}
}

func TestOutcomes(t *testing.T) {
	const when = "2026-11-21T09:00:00Z"
	early, late := content("early", "2026-11-21T10:00:00Z"), content("late", "2026-11-21T11:00:00Z")
	r, same, other := record(t, guid(1), when, ""), record(t, guid(1), when, ""), record(t, guid(1), when, `,"Scope":0`)
	same.JSON = []byte(strings.Replace(string(same.JSON), ",", " , ", 1))
	for name, x := range map[string]struct {
		before, then []Event
		want         []Outcome
	}{
		"new":                         {nil, []Event{{r, early, 0}}, []Outcome{Row}},
		"same content blob again":     {[]Event{{r, early, 0}}, []Event{{r, early, 0}}, []Outcome{Row}},
		"another blob, same bytes":    {[]Event{{r, early, 0}}, []Event{{r, late, 0}}, []Outcome{Duplicate}},
		"another blob, equal JSON":    {[]Event{{r, early, 0}}, []Event{{same, late, 0}}, []Outcome{Duplicate}},
		"another blob, different":     {[]Event{{r, early, 0}}, []Event{{other, late, 0}}, []Outcome{Conflict}},
		"earlier blob, same bytes":    {[]Event{{r, late, 0}}, []Event{{r, early, 0}}, []Outcome{Duplicate}},
		"earlier blob, different":     {[]Event{{r, late, 0}}, []Event{{other, early, 0}}, []Outcome{Conflict}},
		"twice in a blob":             {nil, []Event{{r, early, 1}, {same, early, 0}}, []Outcome{Duplicate, Row}},
		"twice in a blob, different":  {nil, []Event{{r, early, 0}, {other, early, 1}}, []Outcome{Row, Conflict}},
		"twice in a blob, two calls":  {[]Event{{r, early, 0}}, []Event{{other, early, 1}}, []Outcome{Conflict}},
		"two blobs in one call":       {nil, []Event{{r, late, 0}, {r, early, 0}, {other, late, 1}}, []Outcome{Duplicate, Row, Conflict}},
		"two blobs, later one stored": {[]Event{{r, late, 0}}, []Event{{r, late, 0}, {other, early, 0}}, []Outcome{Row, Conflict}},
		"two blobs, both stored":      {[]Event{{r, late, 0}, {r, early, 0}}, []Event{{r, late, 0}, {r, early, 0}}, []Outcome{Duplicate, Row}},
		"another time, another event": {[]Event{{r, early, 0}}, []Event{{record(t, guid(1), "2026-11-21T09:00:01Z", ""), late, 0}}, []Outcome{Row}},
		"id in two spellings":         {[]Event{{r, early, 0}}, []Event{{record(t, strings.ToUpper(guid(1)), when, ""), late, 0}}, []Outcome{Conflict}},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			for _, e := range x.before {
				write(t, s, e)
			}
			if diff := cmp.Diff(x.want, write(t, s, x.then...)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			again := write(t, s, x.then...) // a repeated call finds the rows that it wrote
			for i, o := range again {
				if x.want[i] == Row && o != Row && len(x.before) == 0 {
					t.Errorf("event %d: %v, then %v", i, x.want[i], o)
				}
			}
		})
	}
}

func TestWriteFaults(t *testing.T) {
	stored := event(t, content("late", "2026-11-21T23:00:00Z"), 0, 3, "2026-11-21T09:59:00Z")
	for name, x := range map[string]struct {
		match string
		does  func(*http.Request) (*http.Response, error)
	}{
		"not applied":                 {"", fixture.NotApplied},
		"applied":                     {"", fixture.AppliedThenBroken},
		"busy":                        {"", fixture.Respond(503, "ServerBusy", "")},
		"busy inside":                 {"$batch", fixture.Respond(202, "", fixture.InnerFailure(503, "ServerBusy", 0))},
		"timed out inside":            {"$batch", fixture.Respond(202, "", fixture.InnerFailure(500, "OperationTimedOut", 0))},
		"applied, empty response":     {"$batch", fixture.Rewrite(func([]byte) []byte { return nil })},
		"applied, truncated response": {"$batch", fixture.Rewrite(func(b []byte) []byte { return b[:len(b)/2] })},
	} {
		for skip := range 4 { // a batch that clashes, a read of the keys, a read of the row, a batch
			t.Run(fmt.Sprintf("%s, request %d", name, skip), func(t *testing.T) {
				s, f := open(t)
				write(t, s, stored) // creates the table, and is replaced below
				f.Fail(x.match, skip, 1, x.does)
				events := spread(t, content("one", "2026-11-21T10:00:00Z"), 5, "2026-11-21T09:59:00Z", 0)
				rows, duplicates, conflicts := counted(write(t, s, events...))
				if rows != 4 || duplicates != 1 || conflicts != 0 {
					t.Errorf("%d rows, %d duplicates, %d conflicts", rows, duplicates, conflicts)
				}
				got := plain(fixture.Collect(t, s.List(t.Context(), Query{})))
				slices.SortFunc(got, func(a, b shown) int { return a.Index - b.Index })
				if skip < 2 && f.Left() > 0 {
					t.Error("precondition: the fault was not injected")
				}
				if diff := cmp.Diff(plain(events), got); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestWriteAfterFailure(t *testing.T) {
	for skip := range 6 {
		s, f := open(t)
		events := spread(t, content("one", "2026-11-21T10:00:00Z"), 300, "2026-11-21T09:59:59Z", 30*time.Second)
		f.Fail("$batch", skip, 1<<30, fixture.AppliedThenBroken)
		if _, err := s.Write(t.Context(), events); !storage.Unavailable(err) {
			t.Fatalf("%v", err)
		}
		f.Clear()
		if rows, _, _ := counted(write(t, s, events...)); rows != 300 {
			t.Errorf("%d rows", rows)
		}
		if got := fixture.Collect(t, s.List(t.Context(), Query{})); len(got) != 300 {
			t.Errorf("%d events", len(got))
		}
	}
}

func TestWriteConcurrentRuns(t *testing.T) {
	a, _ := open(t)
	contents := []audit.Content{content("x", "2026-11-21T10:00:00Z"), content("y", "2026-11-21T09:00:00Z"), content("z", "2026-11-21T11:00:00Z")}
	g, ctx := errgroup.WithContext(t.Context())
	for i, c := range contents {
		for seed := range uint64(2) {
			events := fixture.Shuffled(seed, spread(t, c, 120, "2026-11-21T09:59:59Z", 3*time.Second))
			g.Go(func() error {
				for group := range slices.Chunk(events, 25+i) {
					if _, err := a.Write(ctx, group); err != nil {
						return err
					}
				}
				return nil
			})
		}
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	want := plain(spread(t, contents[1], 120, "2026-11-21T09:59:59Z", 3*time.Second))
	if diff := cmp.Diff(want, plain(fixture.Collect(t, a.List(t.Context(), Query{})))); diff != "" {
		t.Error(diff)
	}
}

func TestWriteRowReplacedMeanwhile(t *testing.T) {
	s, f := open(t)
	write(t, s, event(t, content("late", "2026-11-21T12:00:00Z"), 0, 1, "2026-11-21T09:00:00Z"))
	f.Fail("$batch", 1, 1, func(req *http.Request) (*http.Response, error) {
		// Between our read and our write, another run writes an earlier event.
		other := openSame(t, f)
		write(t, other, event(t, content("first", "2026-11-21T10:00:00Z"), 0, 1, "2026-11-21T09:00:00Z"))
		return fixture.Send(req)
	})
	write(t, s, event(t, content("second", "2026-11-21T11:00:00Z"), 0, 1, "2026-11-21T09:00:00Z"))
	got := fixture.Collect(t, s.List(t.Context(), Query{}))
	if len(got) != 1 || got[0].Content.ID != "first" || f.Left() > 0 {
		t.Errorf("%v", sources(got))
	}
}

func TestWriteRowDeletedMeanwhile(t *testing.T) {
	s, f := open(t)
	write(t, s, event(t, content("late", "2026-11-21T12:00:00Z"), 0, 1, "2026-11-21T09:00:00Z"))
	f.Fail("events202611(PartitionKey", 0, 1, fixture.Respond(404, "ResourceNotFound", ""))
	write(t, s, event(t, content("early", "2026-11-21T11:00:00Z"), 0, 1, "2026-11-21T09:00:00Z"))
	if got := fixture.Collect(t, s.List(t.Context(), Query{})); len(got) != 1 || got[0].Content.ID != "early" || f.Left() > 0 {
		t.Errorf("%v", sources(got))
	}
}

func TestWriteContext(t *testing.T) {
	s, f := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.Fail("$batch", 2, 1, func(*http.Request) (*http.Response, error) { cancel(); return nil, fixture.ErrBroken })
	_, err := s.Write(ctx, spread(t, content("one", "2026-11-21T10:00:00Z"), 500, "2026-11-21T09:59:59Z", 60*time.Second))
	if err == nil || storage.Unavailable(err) {
		t.Errorf("%v", err)
	}
}

func TestWriteWithoutSource(t *testing.T) {
	s, f := open(t)
	if _, err := s.Write(t.Context(), []Event{{Record: record(t, guid(1), "2026-11-21T09:00:00Z", "")}}); err == nil || f.Count("") > 0 {
		t.Errorf("%v, %d requests", err, f.Count(""))
	}
}
