package tenant

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// moody serves a tenant with some moods everywhere, started.
func moody(t *testing.T, moods ...FaultMode) *api {
	t.Helper()
	a := serve(t, small())
	a.start(General)
	a.SetFaults(NewFaults(11, moods...).Everywhere())
	return a
}

func TestEveryStrikeIsWhatItSaysAndTheSameRequestGetsThroughInTheEnd(t *testing.T) {
	whole := func(a result) bool {
		return a.err == nil && json.Valid([]byte(a.body)) && strings.HasPrefix(a.body, "[")
	}
	tests := map[FaultMode]func(result) bool{
		TooManyRequests: func(a result) bool { return a.status == 429 && a.header.Get("Retry-After") == "" },
		Throttled:       func(a result) bool { return a.status == 403 && strings.HasPrefix(a.body, "{'error':{'code':'AF429'") },
		RetryAfter:      func(a result) bool { return a.status == 429 && a.header.Get("Retry-After") == "1" },
		InternalError:   func(a result) bool { return a.status == 500 && strings.Contains(a.body, "AF50000") },
		FrontDoorError:  func(a result) bool { return a.status == 503 && strings.Contains(a.body, "<html>") },
		ConnectionReset: func(a result) bool { return a.status == 200 && a.err != nil },
		TruncatedBody:   func(a result) bool { return a.status == 200 && a.err == nil && !whole(a) && a.body[0] == '[' },
		ErrorObject:     func(a result) bool { return a.status == 200 && strings.HasPrefix(a.body, `{"error":`) },
		EmptyBody:       func(a result) bool { return a.status == 200 && a.body == "" && a.err == nil },
		SlowResponse:    whole,
	}
	for mood, is := range tests {
		t.Run(string(mood), func(t *testing.T) {
			a := moody(t, mood)
			for _, path := range []string{"audit/" + a.Contents(base)[20].ID, listing(General, base.Add(-24*time.Hour), base)} {
				before, tries := a.faults.Load().Injected()[mood], 0
				for ; tries < 10; tries++ {
					got := a.get(path)
					if whole(got) && mood != SlowResponse {
						break
					}
					if !is(got) {
						t.Fatalf("answer is %d %.100s (%v)", got.status, got.body, got.err)
					}
				}
				struck := a.faults.Load().Injected()[mood] - before
				if struck < 1 || struck > maxFaults || mood != SlowResponse && tries != struck {
					t.Errorf("%d strikes counted of %d tries", struck, tries)
				}
			}
			for _, v := range a.Violations() {
				if mood != SlowResponse {
					t.Errorf("violation %q of a client that tried again", v)
				}
			}
		})
	}
}

func TestTokenEndpointHasItsMoodsToo(t *testing.T) {
	a := moody(t, FrontDoorError)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {a.ClientID()}, "client_secret": {a.ClientSecret()}, "scope": {scope}}
	strikes := 0
	for a.postToken("/"+a.TenantID()+"/oauth2/v2.0/token", form).status == http.StatusServiceUnavailable {
		strikes++
	}
	if strikes < 1 || strikes > maxFaults {
		t.Errorf("%d strikes at the token endpoint", strikes)
	}
}

func TestNextPagesGoAstrayOnce(t *testing.T) {
	day := listing(General, base.Add(-24*time.Hour), base)
	tests := map[FaultMode]func(*api, string) result{
		PageLoop: func(a *api, next string) result {
			if again := a.follow(http.MethodGet, next, ""); again.status != 200 || again.header.Get("NextPageUri") == "" {
				t.Errorf("the loop does not loop: %d %s", again.status, again.body)
			}
			return result{status: 200}
		},
		StalePage:   func(a *api, next string) result { return a.follow(http.MethodGet, next, "") },
		ForeignPage: func(a *api, next string) result { return a.follow(http.MethodGet, next, "") },
	}
	wants := map[FaultMode]string{PageLoop: "", StalePage: "AF20031", ForeignPage: ""}
	for mood, follow := range tests {
		t.Run(string(mood), func(t *testing.T) {
			c := small()
			c.PageSize = 2
			a := serve(t, c)
			a.start(General)
			right := a.get(day).header.Get("NextPageUri")
			a.SetFaults(NewFaults(11, mood).Everywhere())
			next := a.get(day).header.Get("NextPageUri")
			if next == "" || next == right {
				t.Fatalf("next page is %q, and without the mood the same", next)
			}
			if got := follow(a, next); !strings.Contains(got.body, wants[mood]) {
				t.Errorf("following it answers %d %s", got.status, got.body)
			}
			foreign := strings.Contains(strings.Join(a.Violations(), "\n"), "foreign host")
			if foreign != (mood == ForeignPage) {
				t.Errorf("violations are %q", a.Violations())
			}
			for range maxFaults {
				next = a.get(day).header.Get("NextPageUri")
			}
			if next != right {
				t.Errorf("next page stays %q", next)
			}
		})
	}
}

func TestFormsChangeNothingForAClientThatReadsWell(t *testing.T) {
	c := small()
	c.PageSize = 9
	a := serve(t, c)
	a.start(General)
	want := a.listAll(General)
	a.SetFaults(NewFaults(3, LocalhostURI, DuplicateRows, OddCasing, Gzip, StatusMissing, PartialWindow))
	seen := map[string]bool{}
	for _, r := range a.listAll(General) {
		seen[r.ContentID] = true
	}
	for _, r := range want {
		body, _ := a.Body(r.ContentID)
		if got := a.get("audit/" + r.ContentID); !seen[r.ContentID] || got.body != string(body) {
			t.Fatalf("content %s is listed: %t, and its body is %d bytes, not %d", r.ContentID, seen[r.ContentID], len(got.body), len(body))
		}
	}
	a.get("subscriptions/list").want(t, 200, `[{"contentType":"Audit.General","webhook":null}]`)
	a.get(listing(General, base.Add(-30*time.Hour), base)).want(t, 200, "contentId")
	for mood := range a.faults.Load().on {
		if a.faults.Load().Injected()[mood] == 0 {
			t.Errorf("%s never struck", mood)
		}
	}
}

func TestTokenIsRevokedOnceInMidRun(t *testing.T) {
	a := moody(t, TokenRevoked)
	denied := 0
	for _, c := range a.Contents(base) {
		if a.get("audit/"+c.ID).status == http.StatusUnauthorized {
			denied++
			a.login()
		}
	}
	if denied != 1 || a.faults.Load().Injected()[TokenRevoked] != 1 {
		t.Errorf("the token was denied %d times, want once", denied)
	}
}

func TestSubscriptionIsDisabledOnceInMidRun(t *testing.T) {
	a := moody(t, SubscriptionDisabled)
	contents := a.Contents(base)
	for i := 0; i < len(contents); i++ {
		got := a.get("audit/" + contents[i].ID)
		if got.status == http.StatusOK {
			continue
		}
		got.want(t, 400, "AF20023")
		a.start(General).want(t, 403, "AF429")
		a.advance(cooldown)
		a.start(General).want(t, 200, "enabled")
		i--
	}
	if n := a.faults.Load().Injected()[SubscriptionDisabled]; n != 1 {
		t.Errorf("the subscription was disabled %d times", n)
	}
}

func TestWebhookGoesWithoutAWord(t *testing.T) {
	a, e := hooked(t, small())
	a.startWebhook(e.URL, "")
	a.SetFaults(NewFaults(1, WebhookNull))
	for range 10 {
		a.advance(12 * time.Hour)
		if _, err := a.Notify(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	a.login()
	a.get("subscriptions/list").want(t, 200, `"status":"enabled","webhook":null`)
	if _, bodies := e.received(); len(bodies) < 3 {
		t.Errorf("%d requests before the webhook went", len(bodies))
	}
}

func TestFatesOfContents(t *testing.T) {
	a := serve(t, small())
	a.start(General)
	a.SetFaults(NewFaults(6, contentFaults...))
	byFate := map[FaultMode][]item{}
	for _, i := range a.items(a.streams[0], base) {
		byFate[i.fault] = append(byFate[i.fault], i)
	}
	get := func(mood FaultMode) result {
		t.Helper()
		if len(byFate[mood]) == 0 {
			t.Fatalf("no content has the fate %q", mood)
		}
		return a.get("audit/" + byFate[mood][0].contentID())
	}
	get(Expired).want(t, 400, `"AF20051"`)
	get(Missing).want(t, 404, `"AF20050"`)
	if got := get(Vanished); got.status != 404 || got.body != "" {
		t.Errorf("vanished content answers %d %q", got.status, got.body)
	}
	if got := get(NotArray); got.status != 200 || !json.Valid([]byte(got.body)) || got.body[0] != '{' {
		t.Errorf("content that is no array answers %d %.60s", got.status, got.body)
	}
	if got := get(BrokenRecord); got.status != 200 || json.Valid([]byte(got.body)) || !strings.HasSuffix(got.body, "}]") {
		t.Errorf("content with a broken record answers %d %.60s", got.status, got.body)
	}
	if got := get(ByteOrderMark); !strings.HasPrefix(got.body, "\xef\xbb\xbf[") || !json.Valid([]byte(got.body[3:])) {
		t.Errorf("content with a byte order mark answers %d %.60s", got.status, got.body)
	}
	if n := len(a.Lost(base)); n != len(byFate[Expired])+len(byFate[Missing])+len(byFate[Vanished]) || n < 3 {
		t.Errorf("%d contents are lost", n)
	}
	if len(a.Unreadable(base)) != len(byFate[NotArray]) || len(a.Broken(base)) != len(byFate[BrokenRecord]) {
		t.Errorf("%d unreadable and %d broken contents", len(a.Unreadable(base)), len(a.Broken(base)))
	}
	if _, ok := a.Body(a.Lost(base)[0].ID); ok {
		t.Error("a lost content has a body")
	}
}
