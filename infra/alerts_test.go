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
	"github.com/labeltrail/labeltrail/handler/ingest"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull"
	"github.com/labeltrail/labeltrail/infra/infratest"
)

// rules returns the alert rules of alerts.bicep.
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

// A watched trail is one whose log the alert rules read.
type watched struct {
	*ingesttest.Harness
	pull *pull.Job
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
	w.Harness = ingesttest.New(t, pool.ConnectionString(t), c)
	w.build(t)
	return w
}

// build makes the timer function as main does, with the same logger.
func (w *watched) build(t *testing.T) {
	t.Helper()
	log := azfunc.NewLogger(&w.log)
	w.Configure(t, func(c *ingest.Config) { c.Log = log })
	var err error
	w.pull, err = pull.New(pull.Config{
		Feed: w.Feed, Store: w.Store, Ingest: w.Ingest, ContentTypes: []string{tenant.General},
		Webhook: &feed.Webhook{Address: w.hook.URL + "/api/webhook", AuthID: strings.Repeat("a", 32)},
		Clock:   w.Clocks(), Log: log,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// window runs pull for half an hour on its schedule, ignoring errors, and returns
// the rules that fire on the log of these runs.
func (w *watched) window(t *testing.T) []string {
	t.Helper()
	w.log.Reset()
	for range 6 {
		w.Clock.Advance(5 * time.Minute)
		_, _ = w.pull.Tick(t.Context())
	}
	return w.firing(t)
}

// untilExpiry advances the clock until the next content blob expires in d.
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

// respondToFetches answers every request for a content blob with a response.
func respondToFetches(status int, body string) func(int, *http.Request) ingesttest.Fault {
	return func(_ int, r *http.Request) ingesttest.Fault {
		if strings.Contains(r.URL.Path, "/feed/audit/") {
			return ingesttest.Respond(status, body)
		}
		return nil
	}
}

const (
	expired  = `{"error":{"code":"AF20051","message":"Content requested with the key has already expired."}}`
	internal = `{"error":{"code":"AF50000","message":"An internal error occurred. Retry the request."}}`
)

// In each condition exactly these rules fire.
func TestAlerts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tenant tenant.Config
		inject func(*testing.T, *watched)
		fire   []string
	}{
		"all is well": {},
		"no permission": {
			tenant: tenant.Config{WithoutRole: true}, fire: []string{"pull-failing"}},
		"storage is down": {
			inject: func(_ *testing.T, w *watched) {
				w.Storage.Plan(func(int, *http.Request) ingesttest.Fault { return ingesttest.Drop })
			}, fire: []string{"pull-failing"}},
		"content is gone": {
			inject: func(_ *testing.T, w *watched) { w.API.Plan(respondToFetches(http.StatusBadRequest, expired)) },
			fire:   []string{"content-lost"}},
		"content is not an array": {
			inject: func(_ *testing.T, w *watched) { w.API.Plan(respondToFetches(http.StatusOK, `{"odd":true}`)) },
			fire:   []string{"content-lost"}},
		"the app was down for ten days": {
			inject: func(t *testing.T, w *watched) {
				w.window(t)
				w.Clock.Advance(10 * 24 * time.Hour)
			}, fire: []string{"content-lost"}},
		"content cannot be fetched for now": {
			tenant: tenant.Config{Expiry: 30 * 24 * time.Hour},
			inject: func(_ *testing.T, w *watched) { w.API.Plan(respondToFetches(http.StatusInternalServerError, internal)) }},
		"content cannot be fetched and will expire": {
			inject: func(t *testing.T, w *watched) {
				w.API.Plan(respondToFetches(http.StatusInternalServerError, internal))
				w.window(t)
				w.untilExpiry(t, 24*time.Hour)
			}, fire: []string{"content-expiring"}},
		"the webhook does not answer": {
			inject: func(_ *testing.T, w *watched) { w.down = true }, fire: []string{"webhook-down"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watch(t, test.tenant)
			if test.inject != nil {
				test.inject(t, w)
			}
			if diff := cmp.Diff(test.fire, w.window(t)); diff != "" {
				t.Errorf("rules that fire (-want +got):\n%s\n%s", diff, &w.log)
			}
		})
	}
}

func TestAlertOnSilence(t *testing.T) {
	t.Parallel()
	w := watch(t, tenant.Config{})
	if diff := cmp.Diff([]string{"pull-silent"}, w.firing(t)); diff != "" {
		t.Errorf("rules that fire on an empty log (-want +got):\n%s", diff)
	}
}

func TestNoAlertOnOneFailedRun(t *testing.T) {
	t.Parallel()
	w := watch(t, tenant.Config{})
	w.window(t)
	w.Storage.Plan(func(n int, _ *http.Request) ingesttest.Fault {
		if n == 0 {
			return ingesttest.Drop
		}
		return nil
	})
	if fire := w.window(t); len(fire) > 0 {
		t.Errorf("%v fire", fire)
	}
}

// The query reader itself: a rule that looks for another word never fires.
func TestReadQuery(t *testing.T) {
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
		t.Error("an unknown kind of query is accepted")
	}
}

// The rules must look back far enough to see several runs.
func TestAlertWindow(t *testing.T) {
	main := files(t)["main.bicep"]
	if got := infratest.Find(main.Params, "alertWindow").Value.Literal(); got != "PT30M" {
		t.Errorf("window %s; the tests above assume half an hour", got)
	}
	if got := infratest.Find(main.Params, "pullSchedule").Value.Literal(); got != "0 */5 * * * *" {
		t.Errorf("schedule %s; the tests above assume five minutes", got)
	}
	for _, r := range rules(t) {
		if r.threshold > 4 {
			t.Errorf("%s needs %d lines, but a window may have only four runs", r.name, r.threshold)
		}
	}
}
