package infra

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/azfunc"
	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/feed"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull"
	"github.com/labeltrail/labeltrail/infra/infratest"
)

// rules are the alert rules as alerts.bicep has them.
func rules(t *testing.T) []rule {
	t.Helper()
	list := infratest.Find(files(t)["alerts.bicep"].Vars, "rules")
	if list == nil || list.Value.Type != "array" {
		t.Fatal("no rules in alerts.bicep")
	}
	var read []rule
	for _, n := range list.Value.Children {
		if n.Type != "object" {
			continue // a comment
		}
		r := rule{name: n.Property("name").Literal(), operator: n.Property("operator").Literal()}
		var err error
		if r.threshold, err = strconv.Atoi(n.Property("threshold").Literal()); err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		if r.filters, err = readQuery(n.Property("query").Literal()); err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		read = append(read, r)
	}
	return read
}

// A watched is a world whose handler's log is read by the alert rules, for as
// long as their window.
type watched struct {
	*ingesttest.World
	pull *pull.Pull
	log  bytes.Buffer
	hook *httptest.Server
	down bool // the webhook
}

func watch(t *testing.T, c tenant.Config) *watched {
	t.Helper()
	w := &watched{}
	w.hook = httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		if w.down {
			rw.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(w.hook.Close)
	c.Events, c.Contents, c.NoiseShare = 60, 6, 0.5
	c.WebhookCAs = w.hook.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	w.World = ingesttest.New(t, pool.ConnectionString(t), c)
	w.build()
	return w
}

// build makes the timer function as main does, with main's own logger.
func (w *watched) build() {
	log := azfunc.NewLogger(&w.log)
	w.Ingest.Log = log
	w.pull = &pull.Pull{
		Feed: w.Feed, Store: w.Store, Ingest: w.Ingest, ContentTypes: []string{tenant.General},
		Webhook: &feed.Webhook{Address: w.hook.URL + "/api/webhook", AuthID: strings.Repeat("a", 32)},
		Now:     w.Clock.Now, Log: log,
	}
}

// window runs pull for half an hour on its schedule, whatever the runs come
// to, and returns which rules fire on what they log.
func (w *watched) window(t *testing.T) []string {
	t.Helper()
	w.log.Reset()
	for range 6 {
		w.Clock.Advance(5 * time.Minute)
		_, _ = w.pull.Tick(t.Context())
	}
	return w.firing(t)
}

// untilExpiry lets time pass until the next content expires in d.
func (w *watched) untilExpiry(t *testing.T, d time.Duration) {
	t.Helper()
	statuses, err := w.Store.TypeStatuses(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Advance(statuses[tenant.General].NextExpiration.Sub(w.Clock.Now()) - d)
}

func (w *watched) firing(t *testing.T) []string {
	t.Helper()
	lines := strings.Split(w.log.String(), "\n")
	var names []string
	for _, r := range rules(t) {
		if r.fires(lines) {
			names = append(names, r.name)
		}
	}
	slices.Sort(names)
	return names
}

// fetches answers every request for a content so.
func fetches(status int, body string) func(int, *http.Request) ingesttest.Fault {
	return func(_ int, r *http.Request) ingesttest.Fault {
		if strings.Contains(r.URL.Path, "/feed/audit/") {
			return ingesttest.Answer(status, body)
		}
		return nil
	}
}

const (
	expired  = `{"error":{"code":"AF20051","message":"Content requested with the key has already expired."}}`
	internal = `{"error":{"code":"AF50000","message":"An internal error occurred. Retry the request."}}`
)

// Each condition that somebody is to be told of, brought about, and the rules
// that fire then, all of them and no others.
func TestTheAlertsFireOnWhatTheHandlerLogs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tenant tenant.Config
		befall func(*testing.T, *watched)
		fire   []string
	}{
		"all is well": {},
		"no permission": {
			tenant: tenant.Config{WithoutRole: true}, fire: []string{"pull-failing"}},
		"storage is down": {
			befall: func(_ *testing.T, w *watched) {
				w.Storage.Plan(func(int, *http.Request) ingesttest.Fault { return ingesttest.Refuse })
			}, fire: []string{"pull-failing"}},
		"content is gone": {
			befall: func(_ *testing.T, w *watched) { w.API.Plan(fetches(http.StatusBadRequest, expired)) },
			fire:   []string{"content-lost"}},
		"content is no array": {
			befall: func(_ *testing.T, w *watched) { w.API.Plan(fetches(http.StatusOK, `{"odd":true}`)) },
			fire:   []string{"content-lost"}},
		"the app was down for ten days": {
			befall: func(t *testing.T, w *watched) {
				w.window(t)
				w.Clock.Advance(10 * 24 * time.Hour)
			}, fire: []string{"content-lost"}},
		"content cannot be had, for now": {
			tenant: tenant.Config{Expiry: 30 * 24 * time.Hour},
			befall: func(_ *testing.T, w *watched) { w.API.Plan(fetches(http.StatusInternalServerError, internal)) }},
		"content cannot be had, and will expire": {
			befall: func(t *testing.T, w *watched) {
				w.API.Plan(fetches(http.StatusInternalServerError, internal))
				w.window(t)
				w.untilExpiry(t, 24*time.Hour)
			}, fire: []string{"content-expiring"}},
		"the webhook does not answer": {
			befall: func(_ *testing.T, w *watched) { w.down = true }, fire: []string{"webhook-down"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watch(t, test.tenant)
			if test.befall != nil {
				test.befall(t, w)
			}
			if diff := cmp.Diff(test.fire, w.window(t)); diff != "" {
				t.Errorf("rules that fire (-want +got):\n%s\n%s", diff, &w.log)
			}
		})
	}
}

func TestSilenceFiresAnAlert(t *testing.T) {
	t.Parallel()
	w := watch(t, tenant.Config{})
	if diff := cmp.Diff([]string{"pull-silent"}, w.firing(t)); diff != "" {
		t.Errorf("rules that fire on nothing (-want +got):\n%s", diff)
	}
}

// One run that fails is made up for by the next.
func TestOneFailedRunWakesNobody(t *testing.T) {
	t.Parallel()
	w := watch(t, tenant.Config{})
	w.window(t)
	w.Storage.Plan(func(n int, _ *http.Request) ingesttest.Fault {
		if n == 0 {
			return ingesttest.Refuse
		}
		return nil
	})
	if fire := w.window(t); len(fire) > 0 {
		t.Errorf("%v fire", fire)
	}
}

// A word that no line has makes a rule that never fires; this is the test's
// own test.
func TestARuleThatLooksForAnotherWordDoesNotFire(t *testing.T) {
	line := `{"time":"2026-03-18T14:30:00Z","level":"ERROR","msg":"pull","code":"AF10001"}`
	for query, want := range map[string]bool{
		"AppTraces\n| extend line = parse_json(Message)\n| where tostring(line.msg) == 'pull' and tostring(line.level) == 'ERROR'":   true,
		"AppTraces\n| extend line = parse_json(Message)\n| where tostring(line.msg) == 'pulled' and tostring(line.level) == 'ERROR'": false,
		"AppTraces\n| extend line = parse_json(Message)\n| where tostring(line.msg) in ('pull', 'push')":                             true,
		"AppTraces\n| extend line = parse_json(Message)\n| where tostring(line.level) == 'WARN'":                                     false,
	} {
		filters, err := readQuery(query)
		if got := (rule{filters: filters}).matches(line); err != nil || got != want {
			t.Errorf("%s: %t, %v", query, got, err)
		}
	}
	if _, err := readQuery("AppTraces\n| extend line = parse_json(Message)\n| where line.msg == 'pull'"); err == nil {
		t.Error("a query that this test does not understand passes")
	}
}

// The rules have to look back on enough runs of the schedule.
func TestTheAlertsLookBackOnSeveralRuns(t *testing.T) {
	main := files(t)["main.bicep"]
	if got := infratest.Find(main.Params, "alertWindow").Value.Literal(); got != "PT30M" {
		t.Errorf("window %s; the tests above are of half an hour", got)
	}
	if got := infratest.Find(main.Params, "pullSchedule").Value.Literal(); got != "0 */5 * * * *" {
		t.Errorf("schedule %s; the tests above are of every five minutes", got)
	}
	for _, r := range rules(t) {
		if r.threshold > 4 {
			t.Errorf("%s needs %d lines, a window has four runs at least", r.name, r.threshold)
		}
	}
}
