package tenant

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// withFaults serves a tenant with a started subscription, and injects faults
// into every resource.
func withFaults(t *testing.T, modes ...FaultMode) *api {
	t.Helper()
	a := serve(t, small())
	a.start(General)
	a.SetFaults(NewFaults(11, modes...).Everywhere())
	return a
}

// injected returns how often a fault mode was injected.
func (a *api) injected(mode FaultMode) int { return a.faults.Load().Injected()[mode] }

// Every fault of a request has the documented form, and the same request
// succeeds in the end.
func TestRequestFaults(t *testing.T) {
	whole := func(r result) bool {
		return r.err == nil && json.Valid([]byte(r.body)) && strings.HasPrefix(r.body, "[")
	}
	tests := map[FaultMode]func(result) bool{
		TooManyRequests: func(r result) bool { return r.status == 429 && r.header.Get("Retry-After") == "" },
		Throttled:       func(r result) bool { return r.status == 403 && strings.HasPrefix(r.body, "{'error':{'code':'AF429'") },
		RetryAfter:      func(r result) bool { return r.status == 429 && r.header.Get("Retry-After") == "1" },
		InternalError:   func(r result) bool { return r.status == 500 && strings.Contains(r.body, "AF50000") },
		FrontDoorError:  func(r result) bool { return r.status == 503 && strings.Contains(r.body, "<html>") },
		ConnectionReset: func(r result) bool { return r.status == 200 && r.err != nil },
		TruncatedBody:   func(r result) bool { return r.status == 200 && r.err == nil && !whole(r) && r.body[0] == '[' },
		ErrorObject:     func(r result) bool { return r.status == 200 && strings.HasPrefix(r.body, `{"error":`) },
		EmptyBody:       func(r result) bool { return r.status == 200 && r.body == "" && r.err == nil },
		SlowResponse:    whole,
	}
	for mode, hasForm := range tests {
		t.Run(string(mode), func(t *testing.T) {
			a := withFaults(t, mode)
			for _, path := range []string{"audit/" + a.Contents(base)[20].ID, listing(General, base.Add(-24*time.Hour), base)} {
				before, attempts := a.injected(mode), 0
				for ; attempts < 10; attempts++ {
					got := a.get(path)
					if whole(got) && mode != SlowResponse {
						break
					}
					if !hasForm(got) {
						t.Fatalf("response is %d %.100s (%v)", got.status, got.body, got.err)
					}
				}
				n := a.injected(mode) - before
				if n < 1 || n > maxFaults || mode != SlowResponse && attempts != n {
					t.Errorf("%d faults counted in %d attempts", n, attempts)
				}
			}
			for _, v := range a.Violations() {
				if mode != SlowResponse {
					t.Errorf("violation %q of a client that retried", v)
				}
			}
		})
	}
}

func TestWithRetryAfter(t *testing.T) {
	for _, mode := range []FaultMode{TooManyRequests, Throttled} {
		t.Run(string(mode), func(t *testing.T) {
			a := withFaults(t)
			a.SetFaults(NewFaults(11, mode).Everywhere().WithRetryAfter())
			for _, c := range a.Contents(base)[:10] {
				for got := a.get("audit/" + c.ID); got.status != http.StatusOK; got = a.get("audit/" + c.ID) {
					if first := a.injected(mode) == 1; first != (got.header.Get("Retry-After") == "") {
						t.Errorf("throttling response %d has Retry-After %q", a.injected(mode), got.header.Get("Retry-After"))
					}
				}
			}
			if a.injected(mode) < 10 {
				t.Errorf("precondition: %d faults, want one for each content blob", a.injected(mode))
			}
		})
	}
}

func TestTokenFaults(t *testing.T) {
	tests := map[FaultMode]int{FrontDoorError: http.StatusServiceUnavailable, SlowResponse: http.StatusOK}
	for mode, status := range tests {
		t.Run(string(mode), func(t *testing.T) {
			a := withFaults(t, mode)
			form := url.Values{"grant_type": {"client_credentials"}, "client_id": {a.ClientID()}, "client_secret": {a.ClientSecret()}, "scope": {scope}}
			attempts := 0
			for injected := -1; injected < a.injected(mode); attempts++ {
				injected = a.injected(mode)
				got := a.postToken("/"+a.TenantID()+"/oauth2/v2.0/token", form)
				if a.injected(mode) > injected && got.status != status {
					t.Errorf("faulty response has status %d, want %d", got.status, status)
				}
			}
			if n := a.injected(mode); n < 1 || n > maxFaults || attempts != n+1 {
				t.Errorf("%d faults at the token endpoint in %d attempts", n, attempts)
			}
		})
	}
}

func TestNextPageFaults(t *testing.T) {
	day := listing(General, base.Add(-24*time.Hour), base)
	tests := map[FaultMode]func(*api, string) result{
		PageLoop: func(a *api, next string) result {
			if again := a.follow(http.MethodGet, next, ""); again.status != 200 || again.header.Get("NextPageUri") == "" {
				t.Errorf("the next page has no next page: %d %s", again.status, again.body)
			}
			return result{status: 200}
		},
		StalePage:   func(a *api, next string) result { return a.follow(http.MethodGet, next, "") },
		ForeignPage: func(a *api, next string) result { return a.follow(http.MethodGet, next, "") },
	}
	wants := map[FaultMode]string{PageLoop: "", StalePage: "AF20031", ForeignPage: ""}
	for mode, follow := range tests {
		t.Run(string(mode), func(t *testing.T) {
			c := small()
			c.PageSize = 2
			a := serve(t, c)
			a.start(General)
			right := a.get(day).header.Get("NextPageUri")
			a.SetFaults(NewFaults(11, mode).Everywhere())
			next := a.get(day).header.Get("NextPageUri")
			if next == "" || next == right {
				t.Fatalf("next page is %q, the same as without the fault", next)
			}
			if got := follow(a, next); !strings.Contains(got.body, wants[mode]) {
				t.Errorf("response to the next page is %d %s", got.status, got.body)
			}
			foreign := strings.Contains(strings.Join(a.Violations(), "\n"), "foreign host")
			if foreign != (mode == ForeignPage) {
				t.Errorf("violations are %q", a.Violations())
			}
			for range maxFaults {
				next = a.get(day).header.Get("NextPageUri")
			}
			if next != right {
				t.Errorf("next page is still %q", next)
			}
		})
	}
}

// Fault modes of form change nothing for a client that parses correctly.
func TestFormFaults(t *testing.T) {
	c := small()
	c.PageSize = 9
	a := serve(t, c)
	a.start(General)
	want := a.listAll(General)
	a.SetFaults(NewFaults(3, formFaults...))
	seen := map[string]bool{}
	for _, r := range a.listAll(General) {
		seen[r.ContentID] = true
	}
	for _, r := range want {
		body, _ := a.Body(r.ContentID)
		if got := a.get("audit/" + r.ContentID); !seen[r.ContentID] || got.body != string(body) {
			t.Fatalf("content blob %s is listed: %t, and its body is %d bytes, not %d", r.ContentID, seen[r.ContentID], len(got.body), len(body))
		}
	}
	a.get("subscriptions/list").want(t, 200, `[{"contentType":"Audit.General","webhook":null}]`)
	a.get(listing(General, base.Add(-30*time.Hour), base)).want(t, 200, "contentId")
	for mode := range a.faults.Load().on {
		if a.injected(mode) == 0 {
			t.Errorf("never injected: %s", mode)
		}
	}
}

func TestTokenRevokedOnce(t *testing.T) {
	a := withFaults(t, TokenRevoked)
	denied := 0
	for _, c := range a.Contents(base) {
		if a.get("audit/"+c.ID).status == http.StatusUnauthorized {
			denied++
			a.login()
		}
	}
	if denied != 1 || a.injected(TokenRevoked) != 1 {
		t.Errorf("the token was denied %d times, want once", denied)
	}
}

func TestSubscriptionDisabledOnce(t *testing.T) {
	a := withFaults(t, SubscriptionDisabled)
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
	if n := a.injected(SubscriptionDisabled); n != 1 {
		t.Errorf("the subscription was disabled %d times, want once", n)
	}
}

func TestWebhookNull(t *testing.T) {
	a, e := withEndpoint(t, small())
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
		t.Errorf("%d requests before the webhook disappeared", len(bodies))
	}
}

func TestContentFaults(t *testing.T) {
	a := serve(t, small())
	a.start(General)
	a.SetFaults(NewFaults(6, contentFaults...))
	byFault := map[FaultMode][]item{}
	for _, i := range a.items(a.streams[0], base) {
		byFault[i.fault] = append(byFault[i.fault], i)
	}
	get := func(mode FaultMode) result {
		t.Helper()
		if len(byFault[mode]) == 0 {
			t.Fatalf("precondition: no content blob has fault %q", mode)
		}
		return a.get("audit/" + byFault[mode][0].contentID())
	}
	get(Expired).want(t, 400, `"AF20051"`)
	get(Missing).want(t, 404, `"AF20050"`)
	if got := get(Vanished); got.status != 404 || got.body != "" {
		t.Errorf("%s: response is %d %q", Vanished, got.status, got.body)
	}
	if got := get(NotArray); got.status != 200 || !json.Valid([]byte(got.body)) || got.body[0] != '{' {
		t.Errorf("%s: response is %d %.60s", NotArray, got.status, got.body)
	}
	if got := get(BrokenRecord); got.status != 200 || json.Valid([]byte(got.body)) || !strings.HasSuffix(got.body, "}]") {
		t.Errorf("%s: response is %d %.60s", BrokenRecord, got.status, got.body)
	}
	if got := get(ByteOrderMark); !strings.HasPrefix(got.body, "\xef\xbb\xbf[") || !json.Valid([]byte(got.body[3:])) {
		t.Errorf("%s: response is %d %.60s", ByteOrderMark, got.status, got.body)
	}
	if n := len(a.Lost(base)); n != len(byFault[Expired])+len(byFault[Missing])+len(byFault[Vanished]) || n < 3 {
		t.Errorf("%d content blobs are lost", n)
	}
	if len(a.Unreadable(base)) != len(byFault[NotArray]) || len(a.Broken(base)) != len(byFault[BrokenRecord]) {
		t.Errorf("%d unreadable and %d broken content blobs", len(a.Unreadable(base)), len(a.Broken(base)))
	}
	if _, ok := a.Body(a.Lost(base)[0].ID); ok {
		t.Error("a lost content blob has a body")
	}
}
