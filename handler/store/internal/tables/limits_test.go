package tables

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/store/internal/fixture"
)

// filled returns an entity with n properties.
func filled(partition, key string, n int) *Entity {
	r := NewEntity(partition, key)
	for i := range n {
		r.Int32(fmt.Sprintf("N%d", i), 1)
	}
	return r
}

func inserts(rows ...*Entity) []Operation {
	var ops []Operation
	for _, r := range rows {
		ops = append(ops, Insert(r))
	}
	return ops
}

// many inserts n entities into one partition.
func many(n int) []Operation {
	var ops []Operation
	for i := range n {
		ops = append(ops, Insert(NewEntity("p", fmt.Sprintf("r%03d", i))))
	}
	return ops
}

// big inserts n entities of nearly the largest size.
func big(n int) []Operation {
	var ops []Operation
	for i := range n {
		r := NewEntity("p", fmt.Sprintf("r%03d", i))
		for j := range 11 {
			r.Binary(fmt.Sprintf("B%d", j), make([]byte, MaxBinary))
		}
		ops = append(ops, Insert(r))
	}
	return ops
}

func TestLimitsRejected(t *testing.T) {
	long := func(add func(r *Entity)) []Operation {
		r := NewEntity("p", "r")
		add(r)
		return inserts(r)
	}
	s, f := open(t)
	for name, x := range map[string]struct {
		ops  []Operation
		want string
	}{
		"no operations":         {nil, "0 operations"},
		"101 operations":        {many(101), "101 operations"},
		"two partitions":        {inserts(NewEntity("p", "a"), NewEntity("q", "b")), "partitions p and q"},
		"row twice":             {inserts(NewEntity("p", "a"), NewEntity("p", "a")), "row a twice"},
		"over 3.5 MiB":          {big(4), "bytes, at most 3670016"},
		"253 properties":        {inserts(filled("p", "r", 253)), "253 properties"},
		"quote in key":          {inserts(NewEntity("p", "o'brien")), "key alphabet"},
		"slash in key":          {inserts(NewEntity("p/q", "r")), "key alphabet"},
		"percent sign in key":   {inserts(NewEntity("p", "a%20b")), "key alphabet"},
		"upper case in key":     {inserts(NewEntity("p", "R")), "key alphabet"},
		"empty key":             {inserts(NewEntity("p", "")), "key alphabet"},
		"key of 513 bytes":      {inserts(NewEntity("p", strings.Repeat("a", 513))), "key alphabet"},
		"32,001 UTF-16 units":   {long(func(r *Entity) { r.Text("T", strings.Repeat("x", 32_001)) }), "32001 UTF-16 units"},
		"16,001 emoji":          {long(func(r *Entity) { r.Text("T", strings.Repeat("😀", 16_001)) }), "32002 UTF-16 units"},
		"64 KiB and a byte":     {long(func(r *Entity) { r.Binary("B", make([]byte, 65_537)) }), "65537 bytes"},
		"time before 1601":      {long(func(r *Entity) { r.Time("T", time.Date(1600, 12, 31, 23, 0, 0, 0, time.UTC)) }), "year 1600"},
		"count over 31 bits":    {long(func(r *Entity) { r.Count("C", 1<<31) }), "C is 2147483648"},
		"negative count":        {long(func(r *Entity) { r.Count("C", -1) }), "C is -1"},
		"row over 1 MB":         {long(func(r *Entity) { texts(r, 16, 32_000) }), "bytes, at most 1000000"},
		"row over 1 MB as JSON": {long(func(r *Entity) { blobs(r, 12) }), "bytes, at most 1000000"},
	} {
		_, err := s.Table("events202611").Submit(t.Context(), x.ops)
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, x.want)
		}
	}
	if n := f.Count(""); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// texts adds n texts of length UTF-16 units, each of two bytes.
func texts(r *Entity, n, length int) {
	for i := range n {
		r.Text(fmt.Sprintf("T%d", i), strings.Repeat("x", length))
	}
}

func blobs(r *Entity, n int) {
	for i := range n {
		r.Binary(fmt.Sprintf("B%d", i), make([]byte, MaxBinary))
	}
}

func TestLimitsAccepted(t *testing.T) {
	long := func(add func(r *Entity)) []Operation {
		r := NewEntity("p", "r")
		add(r)
		return inserts(r)
	}
	for name, ops := range map[string][]Operation{
		"100 operations":        many(100),
		"three largest rows":    big(3),
		"252 properties":        inserts(filled("p", "r", 252)),
		"key of 512 bytes":      inserts(NewEntity("p", strings.Repeat("a", 512))),
		"32,000 UTF-16 units":   long(func(r *Entity) { r.Text("T", strings.Repeat("😀", 16_000)) }),
		"64 KiB":                long(func(r *Entity) { blobs(r, 1) }),
		"earliest time":         long(func(r *Entity) { r.Time("T", at("1601-01-01T00:00:00Z")) }),
		"latest time":           long(func(r *Entity) { r.Time("T", at("9999-12-31T23:59:59Z")) }),
		"nearly 1 MB of text":   long(func(r *Entity) { texts(r, 15, 32_000) }),
		"nearly 1 MB of binary": long(func(r *Entity) { blobs(r, 11) }),
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := openPlain(t)
			verdict, err := s.Table("events202611").Submit(t.Context(), ops)
			if verdict != Applied || err != nil {
				t.Errorf("%v, %v", verdict, err)
			}
		})
	}
}

func TestTransactionSize(t *testing.T) {
	odd := NewEntity("p", "r")
	odd.Text("Text", strings.Repeat("<é\x00😀\u2028\"", 3000))
	odd.Bool("Flag", true)
	odd.Time("When", at("2026-11-21T10:00:00Z"))
	long := NewEntity(strings.Repeat("p", 512), strings.Repeat("r", 512))
	long.Binary("Data", make([]byte, MaxBinary))
	for name, ops := range map[string][]Operation{
		"small rows": many(100), "large rows": big(3), "odd text": inserts(odd), "long keys": inserts(long),
		"replacements": {Replace(NewEntity("p", "a"), azcore.ETagAny), Delete("p", "b"), Put(NewEntity("p", "c"))},
	} {
		s, f := open(t)
		var sent int64
		f.Fail("$batch", 0, 1, func(req *http.Request) (*http.Response, error) { sent = req.ContentLength; return fixture.Send(req) })
		if _, err := s.Table("events202611").Submit(t.Context(), ops); err != nil {
			t.Fatal(err)
		}
		if bound := TransactionSize(ops); sent == 0 || sent > int64(bound) {
			t.Errorf("%s: sends %d bytes, TransactionSize is %d", name, sent, bound)
		}
	}
}

// The service bills 4 bytes, the keys at 2 bytes a character, and for each property
// 8 bytes, its name at 2 bytes a character, and its value.
func TestEntityBilled(t *testing.T) {
	r := NewEntity("pk", "rk1")
	want := 4 + 2*(2+3)
	for _, x := range []struct {
		add  func()
		size int
	}{
		{func() { r.Text("Text", "😀é") }, 8 + 2*4 + 2*3 + 4},
		{func() { r.Text("Nothing", "") }, 0},
		{func() { r.Int32("Number", -7) }, 8 + 2*6 + 4},
		{func() { r.Bool("Flag", true) }, 8 + 2*4 + 1},
		{func() { r.Time("Time", at("2026-11-21T10:00:00Z")) }, 8 + 2*4 + 8},
		{func() { r.Time("Never", time.Time{}) }, 0},
		{func() { r.Binary("Data", []byte{1, 2, 3}) }, 8 + 2*4 + 3 + 4},
	} {
		x.add()
		want += x.size
	}
	if r.billed != want || r.properties != 5 {
		t.Errorf("%d bytes, %d properties, want %d, 5", r.billed, r.properties, want)
	}
	json := `{"PartitionKey":"pk","RowKey":"rk1","Text":"😀é","Number":-7,"Flag":true,` +
		`"Time@odata.type":"Edm.DateTime","Time":"2026-11-21T10:00:00.0000000Z","Data@odata.type":"Edm.Binary","Data":"AQID"}`
	if diff := cmp.Diff(json, string(r.JSON())); diff != "" {
		t.Error(diff)
	}
}

func TestEntityTime(t *testing.T) {
	r := NewEntity("p", "r")
	r.Time("T", at("2026-11-21T12:30:00.123456789+02:00"))
	if want := `"T":"2026-11-21T10:30:00.1234567Z"`; !strings.Contains(string(r.json), want) {
		t.Errorf("%s, want %s", r.json, want)
	}
}

func TestCut(t *testing.T) {
	for _, x := range []struct {
		text  string
		limit int
		want  string
	}{{"abc", 3, "abc"}, {"abc", 2, "ab"}, {"a😀b", 2, "a"}, {"a😀b", 3, "a😀"}, {"é", 0, ""}, {"", 5, ""}} {
		if got := Cut(x.text, x.limit); got != x.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", x.text, x.limit, got, x.want)
		}
	}
}

func TestFilterComparisons(t *testing.T) {
	s, f := open(t)
	var types []Filter
	for i := range int32(16) {
		types = append(types, CompareInt32("RecordType", "eq", i))
	}
	for n, want := range map[int]bool{15: true, 16: false} {
		_, err := Or(types[:n]...).odata()
		if (err == nil) != want {
			t.Errorf("%d comparisons: %v", n, err)
		}
	}
	for _, err := range s.Table("events202611").Rows(t.Context(), Query{Filter: Or(types...)}) {
		if err == nil {
			t.Error("sends 16 comparisons")
		}
	}
	if f.Count("") > 0 {
		t.Error("a request was sent")
	}
}

func TestFilter(t *testing.T) {
	f := And(InPartition("p"), Filter{}, Between("RowKey", "a", "b"), Or(CompareInt32("N", "eq", -1), Compare("S", "ne", "o'b")))
	got, err := f.odata()
	want := "PartitionKey eq 'p' and RowKey ge 'a' and RowKey le 'b' and (N eq -1 or S ne 'o''b')"
	if got != want || err != nil || f.Comparisons != 5 {
		t.Errorf("%s, %v, %d comparisons, want %s", got, err, f.Comparisons, want)
	}
	if text, _ := And(Or(), Filter{}).odata(); text != "" {
		t.Errorf("no comparisons: %q", text)
	}
}

func TestFilterInjection(t *testing.T) {
	s, _ := open(t)
	if _, err := s.Table("events202611").Submit(t.Context(), many(5)); err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"x' or PartitionKey ge '", "' or '' eq '", "p'", "''"} {
		rows := fixture.Collect(t, s.Table("events202611").Rows(t.Context(), Query{Filter: InPartition(value)}))
		if len(rows) > 0 {
			t.Errorf("%q finds %d rows", value, len(rows))
		}
	}
}
