package query

import (
	"net/url"
	"slices"
	"testing"

	"github.com/labeltrail/labeltrail/handler/audit"
)

// TestEventFilters holds that every parameter that is a filter is one in all
// respects. It fails for a new filter that lacks one of them.
func TestEventFilters(t *testing.T) {
	notFilters := []string{startDate, endDate, "format", "view", resultSize, cursorName}
	for _, p := range eventParameters {
		if slices.Contains(notFilters, p.name) {
			continue
		}
		if !p.selects {
			t.Errorf("%s: selects is false; a cursor would be valid for other values too", p.name)
		}
		if p.value.numbers && len(p.value.enum) == 0 {
			t.Errorf("%s: no names; the attribute has no line in enumerations", p.name)
		}
		if len(p.value.examples) == 0 {
			t.Errorf("%s: no example to test it with", p.name)
		}
		for _, value := range p.value.examples {
			checkFilter(t, p.name+"="+url.QueryEscape(value))
		}
	}
}

// checkFilter checks a question with one filter, which has one value.
func checkFilter(t *testing.T, raw string) {
	t.Helper()
	q, err := askEvents(raw, askedAt)
	if err != nil {
		t.Errorf("%s: %v", raw, err)
		return
	}
	if len(q.conditions) != 1 {
		t.Errorf("%s: %d conditions, want 1; resolveConditions makes them", raw, len(q.conditions))
		return
	}
	if c := q.conditions[0]; c.matches == nil || c.matches(&audit.Record{}) {
		t.Errorf("%s: the condition matches an empty record", raw)
	}
}

func TestQuestionStrategy(t *testing.T) {
	type strategy struct {
		usesIndex, isFiltered, isExact bool
		rowLimit                       int // of a page of 100
	}
	var (
		everything = strategy{isExact: true, rowLimit: 101}
		byIndex    = strategy{usesIndex: true, isExact: true, rowLimit: 101}
		byIndexOf2 = strategy{usesIndex: true}
		byColumns  = strategy{isFiltered: true, isExact: true, rowLimit: 101}
		byText     = strategy{isFiltered: true}
		byNobody   = strategy{}
	)
	for raw, want := range map[string]strategy{
		"": everything, "startDate=-1h": everything, "view=record": everything,

		"recordType=94": byIndex, "recordType=93,94": byIndex, "operations=a": byIndex, "userIds=a,b": byIndex, "ipAddresses=::1": byIndex,
		"deviceNames=a": byIndex, "objectIds=a": byIndex, "objectIds=a&objectIds=b": byIndex, "fileNames=a": byIndex,
		"sensitivityLabelIds=a": byIndex, "labelEventTypes=1": byIndex,

		"recordType=94&userIds=a": byIndexOf2, "recordType=94&labelEventTypes=1": byIndexOf2, "userIds=a&platforms=1": byIndexOf2,
		"userIds=a&freeText=b": byIndexOf2, "userIds=a&objectIds=b*": byIndexOf2,

		"actionSources=1": byColumns, "platforms=1,2": byColumns, "userTypes=1": byColumns, "platforms=1&userTypes=1": byColumns,

		"freeText=a": byText, "freeText=a&platforms=1": byText, "platforms=1&objectIds=a*": byText,

		"objectIds=a*": byNobody, "objectIds=a&objectIds=b*": byNobody,
	} {
		q, err := askEvents(raw, askedAt)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if got := (strategy{q.usesIndex(), q.isFiltered(), q.isExact(), q.rowLimit()}); got != want {
			t.Errorf("%s: got %+v, want %+v", raw, got, want)
		}
	}
	for raw, want := range map[string]strategy{
		"": everything, "contentType=Audit.General": everything, "state=lost": byColumns, "state=lost,done&contentType=Audit.General": byColumns,
	} {
		q, err := ask(raw, askedAt, contentParameters, allTime)
		if err != nil {
			t.Errorf("content, %s: %v", raw, err)
			continue
		}
		if got := (strategy{q.usesIndex(), q.isFiltered(), q.isExact(), q.rowLimit()}); got != want {
			t.Errorf("content, %s: got %+v, want %+v", raw, got, want)
		}
	}
}

func TestRowLimit(t *testing.T) {
	for raw, want := range map[string]int{
		"resultSize=1": 2, "resultSize=999": 1000, "resultSize=1000": 0, "resultSize=5000": 0, "resultSize=9&freeText=a": 0,
	} {
		q, err := askEvents(raw, askedAt)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.rowLimit(); got != want {
			t.Errorf("%s: %d rows, want %d", raw, got, want)
		}
	}
}

// A field without an index term is searched by a scan.
func TestFieldWithoutTerm(t *testing.T) {
	q := question{resultSize: 100}
	if _, ok := addText(&field{attributes: []audit.Attribute{audit.Workload}})(&q, "exchange"); !ok {
		t.Fatal("the value is invalid")
	}
	q.resolveConditions()
	if q.usesIndex() || q.isExact() || q.isFiltered() || q.rowLimit() != 0 {
		t.Errorf("index %v, exact %v, filtered %v, %d rows", q.usesIndex(), q.isExact(), q.isFiltered(), q.rowLimit())
	}
	want, err := audit.ParseFilter("94")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := audit.Parse([]byte(`[{"RecordType":94,"CreationTime":"2026-11-21T10:00:00","Workload":"Exchange"},
		{"RecordType":94,"CreationTime":"2026-11-21T10:00:00","Workload":"Aip"}]`), want)
	if err != nil || len(parsed.Records) != 2 {
		t.Fatal(parsed, err)
	}
	if !q.matches(&parsed.Records[0].Record) || q.matches(&parsed.Records[1].Record) {
		t.Error("the condition does not match the Workload Exchange alone")
	}
}

// A number parameter for an attribute without names neither panics when the
// package starts nor when it is asked.
func TestNumberParameterWithoutNames(t *testing.T) {
	p := numberParameter("scopes", audit.Scope, "The scope.")
	var q question
	if canonical, ok := p.set(&q, "1"); !ok || canonical != "1" {
		t.Errorf("got %q, %v", canonical, ok)
	}
	if _, ok := p.set(&q, "Online"); ok {
		t.Error("a name was accepted")
	}
}
