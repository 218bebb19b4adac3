package tables

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// twoParts is what the service answers when two operations are stored.
const twoParts = "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n" +
	"--changesetresponse_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\nETag: W/\"x\"\r\n\r\n\r\n" +
	"--changesetresponse_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\nETag: W/\"y\"\r\n\r\n\r\n" +
	"--changesetresponse_1--\r\n--batchresponse_1--\r\n"

func TestTheAnswerToATransactionIsReadForWhatItSays(t *testing.T) {
	cutShort := fixture.InnerFailure(409, "EntityAlreadyExists", 1)
	cutShort = cutShort[:strings.Index(cutShort, "odata.error")]
	for name, x := range map[string]struct {
		body       string
		operations int
		want       reply
	}{
		"all stored":              {twoParts, 2, reply{204, "", -1}},
		"a part is missing":       {twoParts, 3, reply{}},
		"a part too many":         {twoParts, 1, reply{}},
		"empty":                   {"", 2, reply{}},
		"cut short":               {twoParts[:len(twoParts)/2], 2, reply{}},
		"not multipart":           {"<html>HTTP/1.1 502 Bad Gateway</html>", 2, reply{}},
		"a row is there":          {fixture.InnerFailure(409, "EntityAlreadyExists", 1), 2, reply{409, "EntityAlreadyExists", 1}},
		"a row is not there":      {fixture.InnerFailure(404, "ResourceNotFound", 0), 2, reply{404, "ResourceNotFound", 0}},
		"a row has changed":       {fixture.InnerFailure(412, "UpdateConditionNotSatisfied", 99), 100, reply{412, "UpdateConditionNotSatisfied", 99}},
		"throttled":               {fixture.InnerFailure(503, "ServerBusy", 0), 2, reply{503, "ServerBusy", 0}},
		"a failure cut short":     {cutShort, 2, reply{}},
		"no reason given":         {"\r\nHTTP/1.1 500 Internal Server Error\r\n\r\n", 2, reply{500, "", -1}},
		"a code that is no code":  {strings.Replace(fixture.InnerFailure(409, "X", 0), `"X"`, `"<b>"`, 1), 2, reply{}},
		"unix line ends":          {strings.ReplaceAll(fixture.InnerFailure(409, "EntityAlreadyExists", 1), "\r\n", "\n"), 2, reply{409, "EntityAlreadyExists", 1}},
		"an index that is no one": {strings.Replace(fixture.InnerFailure(409, "EntityAlreadyExists", 1), `"1:`, `"The:`, 1), 2, reply{409, "EntityAlreadyExists", -1}},
	} {
		got := parseReply([]byte(x.body), x.operations)
		if diff := cmp.Diff(x.want, got, cmp.AllowUnexported(reply{})); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func FuzzAnswersToTransactions(f *testing.F) {
	f.Add([]byte(twoParts), 2)
	f.Add([]byte(fixture.InnerFailure(409, "EntityAlreadyExists", 1)), 2)
	f.Add([]byte("\nHTTP/1.1 204 \nHTTP/1.1 503 {"), 1)
	f.Fuzz(func(t *testing.T, body []byte, n int) {
		r := parseReply(body, n)
		if r.status >= 200 && r.status < 300 && strings.Count(string(body), "\nHTTP/1.1 2") != n {
			t.Errorf("%d operations are taken for stored", n)
		}
		if r.status != 0 && r.status != 204 && (r.status < 400 || r.code == "" && !storage.Temporary(r.status, "")) {
			t.Errorf("%+v", r)
		}
		if safeCode(r.code) != r.code {
			t.Errorf("code %q", r.code)
		}
	})
}

func TestATableIsMadeWhenItIsFirstNeeded(t *testing.T) {
	s, f := openPlain(t)
	for range 2 {
		if verdict, err := s.Table("events202611").Submit(t.Context(), []Operation{Put(NewEntity("p", "r"))}); verdict != Applied || err != nil {
			t.Fatalf("%v, %v", verdict, err)
		}
	}
	if n := f.Count("/Tables"); n != 1 {
		t.Errorf("%d requests to make tables", n)
	}
}

func TestATableThatAnotherRunMakesFirstWillDo(t *testing.T) {
	s, f := openPlain(t)
	f.Fail("/Tables", 0, 1, fixture.AppliedThenBroken) // the SDK asks again, and is told that it is there
	if verdict, err := s.Table("events202611").Submit(t.Context(), many(1)); verdict != Applied || err != nil {
		t.Errorf("%v, %v", verdict, err)
	}
}

func TestATransactionThatClashesStoresNothing(t *testing.T) {
	gone := azcore.ETag(`W/"datetime'2020-01-01T00%3A00%3A00.0000000Z'"`)
	for name, op := range map[string]Operation{
		"a row that is there is inserted":     Insert(NewEntity("p", "there")),
		"a row that is not there is replaced": Replace(NewEntity("p", "missing"), azcore.ETagAny),
		"a row that is not there is removed":  Delete("p", "missing"),
		"a row that has changed is replaced":  Replace(NewEntity("p", "there"), gone),
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			tab := s.Table("events202611")
			if _, err := tab.Submit(t.Context(), inserts(NewEntity("p", "there"))); err != nil {
				t.Fatal(err)
			}
			verdict, err := tab.Submit(t.Context(), []Operation{Insert(NewEntity("p", "new")), op})
			if verdict != Clashed || err != nil {
				t.Errorf("%v, %v, want a clash", verdict, err)
			}
			if rows := fixture.Collect(t, tab.Rows(t.Context(), Query{})); len(rows) != 1 {
				t.Errorf("%d rows, want the one that was there", len(rows))
			}
		})
	}
}

func TestAnAnswerThatSaysTooLittleIsUnknown(t *testing.T) {
	for name, does := range map[string]func(*http.Request) (*http.Response, error){
		"empty, on which the SDK panics":  fixture.Rewritten(func([]byte) []byte { return nil }),
		"one line, on which it panics":    fixture.Rewritten(func([]byte) []byte { return []byte("x") }),
		"a part missing, a success to it": fixture.Rewritten(func(b []byte) []byte { return b[:strings.LastIndex(string(b), "\nHTTP/1.1")] }),
		"an answer that is not 202":       fixture.Answers(204, "", ""),
	} {
		t.Run(name, func(t *testing.T) {
			s, f := openPlain(t)
			tab := s.Table("events202611")
			if err := tab.create(t.Context()); err != nil {
				t.Fatal(err)
			}
			f.Fail("$batch", 0, 1, does)
			verdict, err := tab.Submit(t.Context(), many(2))
			if verdict != Unknown || err != nil || f.Left() > 0 {
				t.Errorf("%v, %v", verdict, err)
			}
		})
	}
}

func TestNotNowInsideAnAnswerIsTriedAgain(t *testing.T) {
	for _, x := range []struct {
		status int
		code   string
	}{{503, "ServerBusy"}, {500, "OperationTimedOut"}, {500, "InternalError"}, {408, "X"}, {429, "TooManyRequests"}} {
		s, f := openPlain(t)
		s.delay = time.Second
		var waits []time.Duration
		s.wait = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
		f.Fail("$batch", 0, 3, fixture.Answers(202, "", fixture.InnerFailure(x.status, x.code, 0)))
		verdict, err := s.Table("events202611").Submit(t.Context(), many(2))
		if verdict != Applied || err != nil {
			t.Errorf("%s: %v, %v", x.code, verdict, err)
		}
		for i, d := range waits[:3] {
			if top := time.Second << i; d < top/2 || d > top {
				t.Errorf("%s: waits %v", x.code, waits)
			}
		}
	}
}

func TestNotNowForGoodIsUnavailable(t *testing.T) {
	s, f := openPlain(t)
	f.Fail("$batch", 0, 100, fixture.Answers(202, "", fixture.InnerFailure(503, "ServerBusy", 0)))
	_, err := s.Table("events202611").Submit(t.Context(), many(2))
	if !storage.Unavailable(err) || storage.Denied(err) {
		t.Errorf("%v", err)
	}
	if n := f.Count("$batch"); n != MaxAttempts {
		t.Errorf("%d tries", n)
	}
	if want := "write events202611: 503 ServerBusy"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

func TestWaitingEndsWithTheContext(t *testing.T) {
	s, f := open(t)
	s.delay, s.wait = time.Hour, sleep
	f.Fail("$batch", 0, 100, fixture.Answers(202, "", fixture.InnerFailure(503, "ServerBusy", 0)))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.Table("events202611").Submit(ctx, many(2))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestErrorsAreToldApart(t *testing.T) {
	for name, x := range map[string]struct {
		does                func(*http.Request) (*http.Response, error)
		unavailable, denied bool
		text                string
	}{
		"no permission":    {fixture.Answers(403, "AuthorizationPermissionMismatch", `{"secret":1}`), false, true, "write events202611: 403 AuthorizationPermissionMismatch"},
		"no such identity": {fixture.Answers(401, "InvalidAuthenticationInfo", "secret"), false, true, "write events202611: 401 InvalidAuthenticationInfo"},
		"a bug of ours":    {fixture.Answers(400, "InvalidInput", "secret"), false, false, "write events202611: 400 InvalidInput"},
		"a bug, inside":    {fixture.Answers(202, "", fixture.InnerFailure(400, "InvalidInput", 1)), false, false, "write events202611, operation 1: 400 InvalidInput"},
		"throttled":        {fixture.Answers(503, "ServerBusy", "secret"), true, false, "write events202611: 503 ServerBusy"},
		"table is going":   {fixture.Answers(409, "TableBeingDeleted", "secret"), true, false, "write events202611: 409 TableBeingDeleted"},
		"a proxy's page":   {fixture.Answers(502, "", "<html>secret"), true, false, "write events202611: 502"},
		"no connection":    {fixture.NotApplied, true, false, "write events202611: connection reset by peer"},
	} {
		s, f := open(t)
		f.Fail("$batch", 0, 100, x.does)
		_, err := s.Table("events202611").Submit(t.Context(), many(2))
		if storage.Unavailable(err) != x.unavailable || storage.Denied(err) != x.denied || err == nil || err.Error() != x.text {
			t.Errorf("%s: %q, unavailable %v, denied %v", name, err, storage.Unavailable(err), storage.Denied(err))
		}
	}
}

func TestACallThatWasCancelledIsNotUnavailable(t *testing.T) {
	s, _ := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Table("events202611").Submit(ctx, many(2))
	if storage.Unavailable(err) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
