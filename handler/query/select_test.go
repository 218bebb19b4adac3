package query_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/audit"
	"github.com/labeltrail/labeltrail/handler/store"
)

func since(from, to string) func(store.Event) bool {
	a, _ := time.Parse(time.RFC3339, from)
	b, _ := time.Parse(time.RFC3339, to)
	return func(e store.Event) bool {
		t := e.Record.CreationTime
		return !t.Before(a) && t.Before(b)
	}
}

func textIs(a audit.Attribute, any ...string) func(store.Event) bool {
	return func(e store.Event) bool {
		got, _ := e.Record.Text(a)
		return slices.ContainsFunc(any, func(s string) bool { return strings.EqualFold(s, got) })
	}
}

func typeIs(any ...audit.RecordType) func(store.Event) bool {
	return func(e store.Event) bool { return slices.Contains(any, e.Record.RecordType) }
}

const ever = "startDate=2026-01-01&resultSize=5000"

func TestParametersSelect(t *testing.T) {
	random := seeded(t)
	tr := newTrail(t, generate(t, random, 300)...)
	for _, test := range []struct {
		asked  string
		wanted func(store.Event) bool
	}{
		{"resultSize=5000", since("2026-11-14T10:00:00Z", "2026-11-21T10:00:00Z")},
		{"startDate=2026-11-01&resultSize=5000", since("2026-11-01T00:00:00Z", "2026-11-21T10:00:00Z")},
		{"startDate=2026-08-03T04:05&endDate=2026-11-20&resultSize=5000", since("2026-08-03T04:05:00Z", "2026-11-20T00:00:00Z")},
		{"startDate=2026-08-03T04:05Z&endDate=2026-11-20T01:02:03Z&resultSize=5000", since("2026-08-03T04:05:00Z", "2026-11-20T01:02:03Z")},
		{"startDate=-30d&endDate=-1h&resultSize=5000", since("2026-10-22T10:00:00Z", "2026-11-21T09:00:00Z")},
		{"endDate=2026-11-10&resultSize=5000", since("2026-11-03T00:00:00Z", "2026-11-10T00:00:00Z")},
		{"startDate=2026-11-10&endDate=2026-11-10", since("2026-11-10T00:00:00Z", "2026-11-10T00:00:00Z")},
		{"startDate=0001-01-01&endDate=9999-12-31&resultSize=5000", func(store.Event) bool { return true }},
		{ever + "&recordType=94", typeIs(94)},
		{ever + "&recordType=aipheartbeat", typeIs(97)},
		{ever + "&recordType=AipHeartBeat,4711&recordType=43", typeIs(97, 4711, 43)},
		{ever + "&recordType=99", typeIs()},
		{ever + "&recordType=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,97", typeIs(97)},
		{ever + "&operations=access", textIs(audit.Operation, "Access")},
		{ever + "&operations=Access,+Discover&OPERATIONS=HeartBeat", textIs(audit.Operation, "Access", "Discover", "HeartBeat")},
		{ever + "&userIds=ADELE@contoso.com", textIs(audit.UserID, "adele@contoso.com")},
		{ever + "&userIds=adele@contoso.co", textIs(audit.UserID)},
		{ever + "&userIds=" + url.QueryEscape(`o'brien@contoso.com`), textIs(audit.UserID, `o'brien@contoso.com`)},
		{ever + "&userIds=" + url.QueryEscape(`x' or PartitionKey ge '`), textIs(audit.UserID, `x' or PartitionKey ge '`)},
		{ever + "&userIds=" + url.QueryEscape(`x' or 1 eq 1 or UserId eq '`), textIs(audit.UserID)},
		{ever + "&userIds=" + url.QueryEscape("özlem@contoso.com,ИМЯ@contoso.com"), textIs(audit.UserID, "ÖZLEM@contoso.com", "имя@contoso.com")},
		{ever + "&userIds=" + url.QueryEscape(`A"b\c<d>&e@contoso.com`), textIs(audit.UserID, `a"b\c<d>&e@contoso.com`)},
		{ever + "&userIds=" + url.QueryEscape(`percent%2Fplus+@contoso.com`), textIs(audit.UserID, `percent%2Fplus+@contoso.com`)},
		{ever + "&recordType=94&operations=Access&userIds=adele@contoso.com,alex.w@contoso.com", func(e store.Event) bool {
			return typeIs(94)(e) && textIs(audit.Operation, "Access")(e) && textIs(audit.UserID, "adele@contoso.com", "Alex.W@Contoso.com")(e)
		}},
	} {
		t.Run(test.asked, func(t *testing.T) {
			got := tr.get(t, "/api/v1/events?"+test.asked).page(t)
			if diff := cmp.Diff(expected(tr.events, test.wanted), got.ids(t)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if got.NextLink != "" {
				t.Errorf("a whole answer has the next page %s", got.NextLink)
			}
		})
	}
}

func TestTheDefaultIsTheNewest100OfTheLast7Days(t *testing.T) {
	tr := newTrail(t, generate(t, seeded(t), 400)...)
	all := expected(tr.events, since("2026-11-14T10:00:00Z", "2026-11-21T10:00:00Z"))
	if len(all) < 101 {
		t.Fatalf("%d events are too few for this test", len(all))
	}
	got := tr.get(t, "/api/v1/events").page(t)
	if diff := cmp.Diff(all[:100], got.ids(t)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got.NextLink == "" {
		t.Error("more remains, but there is no nextLink")
	}
}
