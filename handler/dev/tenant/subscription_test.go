package tenant

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestSubscriptionStates(t *testing.T) {
	a := serve(t, small())
	list := listing(General, base.Add(-time.Hour), base)
	a.get(list).want(t, 400, `"AF20022"`)
	a.get("subscriptions/list").want(t, 200, "[]")
	a.start(General).want(t, 200, `{"contentType":"Audit.General","status":"enabled","webhook":null}`)
	a.get(list).want(t, 200, "[")
	a.get("subscriptions/list").want(t, 200, `[{"contentType":"Audit.General","status":"enabled","webhook":null}]`)

	a.advance(cooldown)
	a.start(General).want(t, 400, `"AF20024"`)
	if v := a.Violations(); len(v) > 0 {
		t.Errorf("violations %q", v)
	}
	a.Disable(General)
	a.get(list).want(t, 400, `{"error":{"code":"AF20023","message":"The subscription was disabled."}}`)
	a.get("subscriptions/list").want(t, 200, `"status":"disabled"`)
	a.start(General).want(t, 200, `"enabled"`)
	a.get(list).want(t, 200, "[")
}

func TestStartCooldown(t *testing.T) {
	a := serve(t, small())
	a.start(General)
	a.Disable(General)
	a.advance(cooldown - time.Second)
	a.start(General).want(t, 403, `'code':'AF429'`)
	a.advance(time.Second)
	a.start(General).want(t, 200, "enabled")
	if v := a.Violations(); len(v) == 0 || !strings.Contains(v[0], "14m59s after the last start") {
		t.Errorf("violations %q lack the start that came too soon", v)
	}
}

func TestStopLosesForGood(t *testing.T) {
	a := serve(t, small())
	stop := func() result { return a.call(http.MethodPost, "subscriptions/stop?contentType=Audit.General", "") }
	stop().want(t, 400, `"AF20022"`)
	a.start(General)
	rows := a.listAll(General)
	a.get("audit/"+rows[9].ContentID).want(t, 200, "[")
	if got := stop(); got.status != 200 || got.body != "" {
		t.Errorf("response to stop is %d %q", got.status, got.body)
	}
	a.get("audit/"+rows[9].ContentID).want(t, 400, `"AF20022"`)

	a.advance(time.Minute)
	a.start(General).want(t, 200, "enabled")
	restarted := a.Now()
	a.get(listing(General, base.Add(-time.Hour), base)).want(t, 400, `"AF20023"`)
	a.advance(12 * time.Hour)
	a.login()
	a.get("audit/"+rows[9].ContentID).want(t, 404, `"AF20050"`)
	for _, row := range a.listAll(General) {
		if row.ContentCreated < restarted.Format(contentLayout) {
			t.Errorf("content blob of %s is listed, from before the restart", row.ContentCreated)
		}
	}
	if v := strings.Join(a.Violations(), "\n"); !strings.Contains(v, "stopped") {
		t.Errorf("violations %q lack the stop", v)
	}
}

func TestPostWithoutLength(t *testing.T) {
	a := serve(t, small())
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		a.URL()+"/api/v1.0/"+a.TenantID()+"/activity/feed/subscriptions/start?contentType=Audit.General&PublisherIdentifier="+a.TenantID(),
		struct{ *strings.Reader }{strings.NewReader(" ")}) // hides the length from net/http
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+a.token)
	response, err := a.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusLengthRequired || len(a.Violations()) != 1 {
		t.Errorf("status %d and violations %q, want 411 and one", response.StatusCode, a.Violations())
	}
}
