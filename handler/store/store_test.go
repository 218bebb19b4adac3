package store

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/dev/azurite/azuritetest"
)

const tenant = "84b06764-3e5e-4f51-9a78-046a7f38b59b"

// pool is the one Azurite of this test binary. Each store of each test has a
// storage account to itself.
var pool azuritetest.Pool

func TestMain(m *testing.M) { os.Exit(pool.Run(m)) }

// open returns a store in an account of its own, and the transport that its
// requests go through. It never waits between tries. With -azure, storage
// behaves as Azure does.
func open(t testing.TB) (*Store, *faults) {
	t.Helper()
	f := &faults{connection: pool.ConnectionString(t), base: azuritetest.Transport(t, toAzurite)}
	return openWith(t, f, f.connection), f
}

// openPlain is open for tests that say how many requests are sent, or at which
// of them something happens: for them, storage behaves as Azurite does, always.
func openPlain(t testing.TB) (*Store, *faults) {
	t.Helper()
	f := &faults{connection: pool.ConnectionString(t), base: toAzurite}
	return openWith(t, f, f.connection), f
}

func openWith(t testing.TB, f *faults, connection string) *Store {
	t.Helper()
	s, err := Open(Config{
		Tenant: tenant, ConnectionString: connection, Transport: f, RetryDelay: -1,
		Now: func() time.Time { return at("2026-12-02T12:00:00Z") },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

func content(id, created string) audit.Content {
	c := audit.Content{ID: id, Type: "Audit.General", Created: at(created)}
	c.Expiration = c.Created.Add(7 * 24 * time.Hour)
	return c
}

// guid is the n-th event id of the tests.
func guid(n int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", n*2654435761%(1<<32), n) }

// record is a label event; extra is JSON that goes before the closing brace.
func record(t testing.TB, id, created, extra string) audit.Record {
	t.Helper()
	text := fmt.Sprintf(`{"CreationTime":%q,"Id":%q,"Operation":"SensitivityLabelUpdated",`+
		`"OrganizationId":"84b06764-3e5e-4f51-9a78-046a7f38b59b","RecordType":94,"UserKey":"aec5d8fc-bbbd-4ab0-b607-5d9ea1f067f2",`+
		`"UserType":0,"Version":1,"Workload":"Aip","ClientIP":"20.163.159.46","ObjectId":"C:\\Users\\Ada\\Documents\\Budget.docx",`+
		`"UserId":"ada@contoso.example","SensitivityLabelEventData":{"SensitivityLabelId":"6a10f3c2-a682-44ba-a911-52dcca64e78d",`+
		`"OldSensitivityLabelId":"6282649d-9e2a-4063-8587-32eaaa9ad68e","LabelEventType":1,"ActionSource":3},"SensitiveInfoTypeData":[],`+
		`"ProtectionEventData":{"ProtectionEventType":1,"ProtectionType":"Template","TemplateId":"b00b3737-7542-4181-ab70-5dde2c266ccf",`+
		`"IsProtected":true,"IsProtectedBefore":false,"ProtectionOwner":"ada@contoso.example"},`+
		`"Common":{"ApplicationId":"c00e9d32-3c8d-4a7d-832b-029040e7db99","ApplicationName":"Microsoft Azure Information Protection Word Add-In",`+
		`"ProcessName":"WINWORD","Platform":1,"DeviceName":"LAPTOP-7","Location":"On-premises file shares","ProductVersion":"2.14.90.0"},`+
		`"DataState":"Use","Scope":1%s}`, strings.TrimSuffix(created, "Z"), id, extra)
	r, err := audit.ParseRecord([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// event is the n-th event, at the given time, of content c.
func event(t testing.TB, c audit.Content, index, n int, created string) Event {
	return Event{Record: record(t, guid(n), created, ""), Content: c, Index: index}
}

// spread is n events of one content, as many as may be a second apart, back
// from a time.
func spread(t testing.TB, c audit.Content, n int, back string, step time.Duration) []Event {
	events := make([]Event, n)
	for i := range events {
		events[i] = event(t, c, i, i, at(back).Add(-time.Duration(i)*step).UTC().Format(time.RFC3339))
	}
	return events
}

func collect[T any](t testing.TB, seq iter.Seq2[T, error]) []T {
	t.Helper()
	var all []T
	for v, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// ids are the Ids of events, in order.
func ids(events []Event) []string {
	var list []string
	for _, e := range events {
		list = append(list, e.Record.ID)
	}
	return list
}

func write(t testing.TB, s *Store, events ...Event) []Outcome {
	t.Helper()
	outcomes, err := s.WriteEvents(t.Context(), events)
	if err != nil {
		t.Fatal(err)
	}
	return outcomes
}

// putRaw stores a body. It may be there already, if an answer was lost.
func putRaw(t testing.TB, s *Store, c audit.Content, body []byte, records int) {
	t.Helper()
	if err := s.PutRaw(t.Context(), c, body, records); err != nil && !errors.Is(err, ErrExists) {
		t.Fatal(err)
	}
}

// counted is how many of each outcome there are.
func counted(outcomes []Outcome) (rows, duplicates, conflicts int) {
	for _, o := range outcomes {
		switch o {
		case Row:
			rows++
		case Duplicate:
			duplicates++
		case Conflict:
			conflicts++
		}
	}
	return rows, duplicates, conflicts
}

func shuffled[T any](seed uint64, list []T) []T {
	list = append([]T(nil), list...)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// toAzurite is the plain way to storage.
var toAzurite = &http.Transport{MaxIdleConnsPerHost: 32, DisableCompression: true}

// shown is an event for comparison: all that there is to it.
type shown struct {
	ID, JSON, ContentID, ContentType string
	CreationTime, ContentCreated     time.Time
	RecordType                       audit.RecordType
	Index                            int
}

func plain(events []Event) []shown {
	var list []shown
	for _, e := range events {
		list = append(list, shown{
			e.Record.ID, string(e.Record.JSON), e.Content.ID, e.Content.Type,
			e.Record.CreationTime, e.Content.Created, e.Record.RecordType, e.Index,
		})
	}
	return list
}
