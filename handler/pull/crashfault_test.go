package pull_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
)

// A point is one call of a run: the n-th of its name, from 0.
type point struct {
	name string
	n    int
}

func (p point) String() string { return fmt.Sprintf("%s #%d", p.name, p.n) }

// A fault is what goes wrong with a call.
type fault string

const (
	notSent      fault = "not sent"      // the service never receives the call
	responseLost fault = "response lost" // the service does it
	killedBefore fault = "killed before" // not sent, and neither is any later call
	killedAfter  fault = "killed after"  // response lost, and no later call is sent
)

var faults = []fault{notSent, responseLost, killedBefore, killedAfter}

// isRace reports whether some runs have this call and others do not. Concurrent
// transactions may each miss their table, create it and be sent again, or find
// it created.
func (p point) isRace() bool {
	return p.n > 0 && (strings.HasPrefix(p.name, "make table ") || strings.HasPrefix(p.name, "transaction index"))
}

// An injection is a fault at a point. If the point has no name, it is n calls
// after the injection before.
type injection struct {
	fault
	at point
}

func (i injection) String() string {
	if i.at.name == "" {
		return fmt.Sprintf("%s, %d calls later", i.fault, i.at.n)
	}
	return fmt.Sprintf("%s: %s", i.at, i.fault)
}

func (i injection) appliesTo(p point, since int) bool {
	if i.at.name == "" {
		return since == i.at.n
	}
	return i.at == p
}

// A schedule injects faults into the calls of a process, to storage and to the
// API.
type schedule struct {
	mu         sync.Mutex
	injections []injection    // still to come, in this order
	calls      []point        // so far
	counts     map[string]int // of calls, by name
	since      int            // calls since the last injection
	injected   []injected
	killed     bool // no call of the process is sent
}

// An injected is a fault that a call has met.
type injected struct {
	fault
	call string
}

func newSchedule(injections ...injection) *schedule {
	return &schedule{injections: injections, counts: map[string]int{}}
}

// inject injects the faults into the calls of a transport.
func (s *schedule) inject(t *ingesttest.Transport, name func(*http.Request) string) {
	t.Plan(func(_ int, r *http.Request) ingesttest.Fault { return s.next(name(r)) })
}

// next returns the fault of the next call, or nil.
func (s *schedule) next(name string) ingesttest.Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.killed {
		return ingesttest.Drop
	}
	p := point{name, s.counts[name]}
	s.counts[name]++
	s.calls = append(s.calls, p)
	if len(s.injections) == 0 || !s.injections[0].appliesTo(p, s.since) {
		s.since++
		return nil
	}
	f := s.injections[0].fault
	s.injections, s.since = s.injections[1:], 0
	s.injected = append(s.injected, injected{f, name})
	s.killed = f == killedBefore || f == killedAfter
	if f == notSent || f == killedBefore {
		return ingesttest.Drop
	}
	return ingesttest.LoseResponse
}

// restart lets the next process make calls, and reports whether the last one
// was killed.
func (s *schedule) restart() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.killed
	s.killed = false
	return was
}

// loginCall names a call to the token endpoint.
func loginCall(*http.Request) string { return "API token" }

// apiCall names a call to the API.
func apiCall(r *http.Request) string {
	if strings.Contains(r.URL.Path, "/audit/") {
		return "API fetch " + strings.Split(path.Base(r.URL.Path), "$")[1]
	}
	return "API " + r.Method + " " + path.Base(r.URL.Path)
}

// storageCall names a call to storage.
func storageCall(r *http.Request) string {
	_, resource, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/") // after the account
	table, _, _ := strings.Cut(resource, "(")
	switch {
	case resource == "$batch":
		return "transaction " + transactionName(r)
	case resource == "Tables" && r.Method == http.MethodPost:
		return "make table " + created.FindStringSubmatch(readBody(r))[1]
	case resource == "Tables":
		return "GET tables"
	case resource == "raw":
		return r.Method + " container"
	case strings.HasPrefix(resource, "raw/"):
		return r.Method + " blob " + path.Base(resource)[:6]
	case !strings.HasSuffix(resource, "()"):
		return "read " + table + "/" + partition.FindStringSubmatch(resource)[1]
	case strings.Contains(r.URL.Query().Get("$filter"), "'p_"):
		return "query pending of " + table
	}
	return "query " + table
}

var (
	created   = regexp.MustCompile(`"TableName":"(\w+)"`)
	partition = regexp.MustCompile(`PartitionKey"?[:=]["']([^"']*)["']`)
	change    = regexp.MustCompile(`\n(POST|PUT|DELETE) \S*/(\w+)[(?]`)
)

// transactionName names a transaction's table, its partition and what it does to
// entities: POST inserts, PUT replaces, DELETE deletes.
func transactionName(r *http.Request) string {
	body := readBody(r)
	var verbs []string
	table := ""
	for _, m := range change.FindAllStringSubmatch(body, -1) {
		if table = m[2]; !slices.Contains(verbs, m[1]) {
			verbs = append(verbs, m[1])
		}
	}
	return table + "/" + partition.FindStringSubmatch(body)[1] + " " + strings.Join(verbs, " ")
}

// readBody returns the body of a request, which can still be sent.
func readBody(r *http.Request) string {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return string(body)
}
