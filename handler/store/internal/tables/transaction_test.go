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

	"github.com/labeltrail/labeltrail/handler/clock"
	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
	"github.com/labeltrail/labeltrail/handler/store/internal/storage"
)

// twoParts is the response to two operations that are stored.
const twoParts = "--batchresponse_1\r\nContent-Type: multipart/mixed; boundary=changesetresponse_1\r\n\r\n" +
	"--changesetresponse_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\nETag: W/\"x\"\r\n\r\n\r\n" +
	"--changesetresponse_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 204 No Content\r\nETag: W/\"y\"\r\n\r\n\r\n" +
	"--changesetresponse_1--\r\n--batchresponse_1--\r\n"

func TestParseReply(t *testing.T) {
	truncated := fixture.InnerFailure(409, "EntityAlreadyExists", 1)
	truncated = truncated[:strings.Index(truncated, "odata.error")]
	for name, x := range map[string]struct {
		body       string
		operations int
		want       reply
	}{
		"all stored":        {twoParts, 2, reply{204, "", -1}},
		"missing part":      {twoParts, 3, reply{}},
		"surplus part":      {twoParts, 1, reply{}},
		"empty":             {"", 2, reply{}},
		"truncated":         {twoParts[:len(twoParts)/2], 2, reply{}},
		"not multipart":     {"<html>HTTP/1.1 502 Bad Gateway</html>", 2, reply{}},
		"row exists":        {fixture.InnerFailure(409, "EntityAlreadyExists", 1), 2, reply{409, "EntityAlreadyExists", 1}},
		"row missing":       {fixture.InnerFailure(404, "ResourceNotFound", 0), 2, reply{404, "ResourceNotFound", 0}},
		"row changed":       {fixture.InnerFailure(412, "UpdateConditionNotSatisfied", 99), 100, reply{412, "UpdateConditionNotSatisfied", 99}},
		"throttled":         {fixture.InnerFailure(503, "ServerBusy", 0), 2, reply{503, "ServerBusy", 0}},
		"truncated failure": {truncated, 2, reply{}},
		"no error document": {"\r\nHTTP/1.1 500 Internal Server Error\r\n\r\n", 2, reply{500, "", -1}},
		"invalid code":      {strings.Replace(fixture.InnerFailure(409, "X", 0), `"X"`, `"<b>"`, 1), 2, reply{}},
		"unix line endings": {strings.ReplaceAll(fixture.InnerFailure(409, "EntityAlreadyExists", 1), "\r\n", "\n"), 2, reply{409, "EntityAlreadyExists", 1}},
		"invalid index":     {strings.Replace(fixture.InnerFailure(409, "EntityAlreadyExists", 1), `"1:`, `"The:`, 1), 2, reply{409, "EntityAlreadyExists", -1}},
	} {
		got := parseReply([]byte(x.body), x.operations)
		if diff := cmp.Diff(x.want, got, cmp.AllowUnexported(reply{})); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func FuzzParseReply(f *testing.F) {
	f.Add([]byte(twoParts), 2)
	f.Add([]byte(fixture.InnerFailure(409, "EntityAlreadyExists", 1)), 2)
	f.Add([]byte("\nHTTP/1.1 204 \nHTTP/1.1 503 {"), 1)
	f.Fuzz(func(t *testing.T, body []byte, n int) {
		r := parseReply(body, n)
		if r.status >= 200 && r.status < 300 && strings.Count(string(body), "\nHTTP/1.1 2") != n {
			t.Errorf("reports %d operations as stored", n)
		}
		if r.status != 0 && r.status != 204 && (r.status < 400 || r.code == "" && !storage.Temporary(r.status, "")) {
			t.Errorf("%+v", r)
		}
		if safeCode(string(r.code)) != string(r.code) {
			t.Errorf("code %q", r.code)
		}
	})
}

func TestSubmitCreatesTable(t *testing.T) {
	s, f := openPlain(t)
	for range 2 {
		if verdict, err := s.Table("events202611").Submit(t.Context(), []Operation{Put(NewEntity("p", "r"))}); verdict != Applied || err != nil {
			t.Fatalf("%v, %v", verdict, err)
		}
	}
	if n := f.Count("/Tables"); n != 1 {
		t.Errorf("%d requests create tables, want 1", n)
	}
}

func TestSubmitTableCreatedByAnother(t *testing.T) {
	s, f := openPlain(t)
	f.Fail("/Tables", 0, 1, fixture.AppliedThenBroken) // the SDK retries and learns that the table exists
	if verdict, err := s.Table("events202611").Submit(t.Context(), many(1)); verdict != Applied || err != nil {
		t.Errorf("%v, %v", verdict, err)
	}
}

func TestSubmitClash(t *testing.T) {
	gone := azcore.ETag(`W/"datetime'2020-01-01T00%3A00%3A00.0000000Z'"`)
	for name, op := range map[string]Operation{
		"insert of an existing row":    Insert(NewEntity("p", "there")),
		"replacement of a missing row": Replace(NewEntity("p", "missing"), azcore.ETagAny),
		"deletion of a missing row":    Delete("p", "missing"),
		"replacement of a changed row": Replace(NewEntity("p", "there"), gone),
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
				t.Errorf("%d rows, want only the existing one", len(rows))
			}
		})
	}
}

func TestSubmitUnknown(t *testing.T) {
	for name, does := range map[string]func(*http.Request) (*http.Response, error){
		"empty body, the SDK panics":         fixture.Rewrite(func([]byte) []byte { return nil }),
		"one line, the SDK panics":           fixture.Rewrite(func([]byte) []byte { return []byte("x") }),
		"missing part, a success to the SDK": fixture.Rewrite(func(b []byte) []byte { return b[:strings.LastIndex(string(b), "\nHTTP/1.1")] }),
		"status other than 202":              fixture.Respond(204, "", ""),
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

func TestSubmitRetries(t *testing.T) {
	for _, x := range []struct {
		status int
		code   string
	}{{503, "ServerBusy"}, {500, "OperationTimedOut"}, {500, "InternalError"}, {408, "X"}, {429, "TooManyRequests"}} {
		s, f := openPlain(t)
		s.delay = time.Second
		var waits []time.Duration
		s.sleep = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
		f.Fail("$batch", 0, 3, fixture.Respond(202, "", fixture.InnerFailure(x.status, x.code, 0)))
		verdict, err := s.Table("events202611").Submit(t.Context(), many(2))
		if verdict != Applied || err != nil {
			t.Errorf("%s: %v, %v", x.code, verdict, err)
		}
		for i, d := range waits[:3] {
			if top := time.Second << i; d < top/2 || d > top {
				t.Errorf("%s: backoff %v", x.code, waits)
			}
		}
	}
}

func TestSubmitGivesUp(t *testing.T) {
	s, f := openPlain(t)
	f.Fail("$batch", 0, 100, fixture.Respond(202, "", fixture.InnerFailure(503, "ServerBusy", 0)))
	_, err := s.Table("events202611").Submit(t.Context(), many(2))
	if !storage.Unavailable(err) || storage.Denied(err) {
		t.Errorf("%v", err)
	}
	if n := f.Count("$batch"); n != MaxAttempts {
		t.Errorf("%d attempts, want %d", n, MaxAttempts)
	}
	if want := "write events202611: 503 ServerBusy"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

func TestBackoffContext(t *testing.T) {
	s, f := open(t)
	s.delay, s.sleep = time.Hour, clock.Sleep
	f.Fail("$batch", 0, 100, fixture.Respond(202, "", fixture.InnerFailure(503, "ServerBusy", 0)))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := s.Table("events202611").Submit(ctx, many(2))
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestSubmitErrors(t *testing.T) {
	for name, x := range map[string]struct {
		does                func(*http.Request) (*http.Response, error)
		unavailable, denied bool
		text                string
	}{
		"no permission":       {fixture.Respond(403, "AuthorizationPermissionMismatch", `{"secret":1}`), false, true, "write events202611: 403 AuthorizationPermissionMismatch"},
		"unknown identity":    {fixture.Respond(401, "InvalidAuthenticationInfo", "secret"), false, true, "write events202611: 401 InvalidAuthenticationInfo"},
		"invalid request":     {fixture.Respond(400, "InvalidInput", "secret"), false, false, "write events202611: 400 InvalidInput"},
		"invalid operation":   {fixture.Respond(202, "", fixture.InnerFailure(400, "InvalidInput", 1)), false, false, "write events202611, operation 1: 400 InvalidInput"},
		"throttled":           {fixture.Respond(503, "ServerBusy", "secret"), true, false, "write events202611: 503 ServerBusy"},
		"table being dropped": {fixture.Respond(409, "TableBeingDeleted", "secret"), true, false, "write events202611: 409 TableBeingDeleted"},
		"proxy's error page":  {fixture.Respond(502, "", "<html>secret"), true, false, "write events202611: 502"},
		"no connection":       {fixture.NotApplied, true, false, "write events202611: connection reset by peer"},
	} {
		s, f := open(t)
		f.Fail("$batch", 0, 100, x.does)
		_, err := s.Table("events202611").Submit(t.Context(), many(2))
		if storage.Unavailable(err) != x.unavailable || storage.Denied(err) != x.denied || err == nil || err.Error() != x.text {
			t.Errorf("%s: %q, unavailable %v, denied %v", name, err, storage.Unavailable(err), storage.Denied(err))
		}
	}
}

func TestSubmitCanceled(t *testing.T) {
	s, _ := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Table("events202611").Submit(ctx, many(2))
	if storage.Unavailable(err) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
