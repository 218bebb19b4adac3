package store

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/google/go-cmp/cmp"
)

// filled is a row with n properties.
func filled(partition, key string, n int) *row {
	r := newRow(partition, key)
	for i := range n {
		r.number(fmt.Sprintf("N%d", i), 1)
	}
	return r
}

func inserts(rows ...*row) []operation {
	var ops []operation
	for _, r := range rows {
		ops = append(ops, insert(r))
	}
	return ops
}

// many is n rows of one partition.
func many(n int) []operation {
	var ops []operation
	for i := range n {
		ops = append(ops, insert(newRow("p", fmt.Sprintf("r%03d", i))))
	}
	return ops
}

// big is n rows that are as large as a row may be.
func big(n int) []operation {
	var ops []operation
	for i := range n {
		r := newRow("p", fmt.Sprintf("r%03d", i))
		for j := range 11 {
			r.binary(fmt.Sprintf("B%d", j), make([]byte, maxBinary))
		}
		ops = append(ops, insert(r))
	}
	return ops
}

func TestWhatTheServiceWouldRefuseIsNotSent(t *testing.T) {
	long := func(add func(r *row)) []operation {
		r := newRow("p", "r")
		add(r)
		return inserts(r)
	}
	s, f := open(t)
	for name, x := range map[string]struct {
		ops  []operation
		want string
	}{
		"no operation":            {nil, "0 operations"},
		"101 operations":          {many(101), "101 operations"},
		"two partitions":          {inserts(newRow("p", "a"), newRow("q", "b")), "partitions p and q"},
		"one row twice":           {inserts(newRow("p", "a"), newRow("p", "a")), "row a twice"},
		"over 3.5 MiB":            {big(4), "bytes, at most 3670016"},
		"253 properties":          {inserts(filled("p", "r", 253)), "253 properties"},
		"a quote in a key":        {inserts(newRow("p", "o'brien")), "key alphabet"},
		"a slash in a key":        {inserts(newRow("p/q", "r")), "key alphabet"},
		"a per cent in a key":     {inserts(newRow("p", "a%20b")), "key alphabet"},
		"an upper-case key":       {inserts(newRow("p", "R")), "key alphabet"},
		"an empty key":            {inserts(newRow("p", "")), "key alphabet"},
		"a key of 513 bytes":      {inserts(newRow("p", strings.Repeat("a", 513))), "key alphabet"},
		"32,001 UTF-16 units":     {long(func(r *row) { r.text("T", strings.Repeat("x", 32_001)) }), "32001 UTF-16 units"},
		"16,001 emoji":            {long(func(r *row) { r.text("T", strings.Repeat("😀", 16_001)) }), "32002 UTF-16 units"},
		"64 KiB and a byte":       {long(func(r *row) { r.binary("B", make([]byte, 65_537)) }), "65537 bytes"},
		"a time before 1601":      {long(func(r *row) { r.moment("T", time.Date(1600, 12, 31, 23, 0, 0, 0, time.UTC)) }), "year 1600"},
		"a count over 31 bits":    {long(func(r *row) { r.count("C", 1<<31) }), "C is 2147483648"},
		"a negative count":        {long(func(r *row) { r.count("C", -1) }), "C is -1"},
		"a row over 1 MiB":        {long(func(r *row) { texts(r, 16, 32_000) }), "bytes, at most 1000000"},
		"a row over 1 MiB, coded": {long(func(r *row) { blobs(r, 12) }), "bytes, at most 1000000"},
	} {
		_, err := s.table("events202611").submit(t.Context(), x.ops)
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, x.want)
		}
	}
	if n := f.count(""); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// texts adds n texts of so many units, which count twice as many bytes.
func texts(r *row, n, length int) {
	for i := range n {
		r.text(fmt.Sprintf("T%d", i), strings.Repeat("x", length))
	}
}

func blobs(r *row, n int) {
	for i := range n {
		r.binary(fmt.Sprintf("B%d", i), make([]byte, maxBinary))
	}
}

func TestWhatIsJustAllowedIsStored(t *testing.T) {
	long := func(add func(r *row)) []operation {
		r := newRow("p", "r")
		add(r)
		return inserts(r)
	}
	for name, ops := range map[string][]operation{
		"100 operations":        many(100),
		"three of the largest":  big(3),
		"252 properties":        inserts(filled("p", "r", 252)),
		"a key of 512 bytes":    inserts(newRow("p", strings.Repeat("a", 512))),
		"32,000 UTF-16 units":   long(func(r *row) { r.text("T", strings.Repeat("😀", 16_000)) }),
		"64 KiB":                long(func(r *row) { blobs(r, 1) }),
		"the first time":        long(func(r *row) { r.moment("T", at("1601-01-01T00:00:00Z")) }),
		"the last time":         long(func(r *row) { r.moment("T", at("9999-12-31T23:59:59Z")) }),
		"nearly 1 MB of text":   long(func(r *row) { texts(r, 15, 32_000) }),
		"nearly 1 MB of binary": long(func(r *row) { blobs(r, 11) }),
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := openPlain(t)
			verdict, err := s.table("events202611").submit(t.Context(), ops)
			if verdict != applied || err != nil {
				t.Errorf("%v, %v", verdict, err)
			}
		})
	}
}

func TestATransactionIsNotLargerThanItIsTakenFor(t *testing.T) {
	odd := newRow("p", "r")
	odd.text("Text", strings.Repeat("<é\x00😀\u2028\"", 3000))
	odd.boolean("Flag", true)
	odd.moment("When", at("2026-11-21T10:00:00Z"))
	long := newRow(strings.Repeat("p", 512), strings.Repeat("r", 512))
	long.binary("Data", make([]byte, maxBinary))
	for name, ops := range map[string][]operation{
		"small rows": many(100), "large rows": big(3), "odd text": inserts(odd), "long keys": inserts(long),
		"replacements": {replace(newRow("p", "a"), azcore.ETagAny), remove("p", "b"), put(newRow("p", "c"))},
	} {
		s, f := open(t)
		var sent int64
		f.fail("$batch", 0, 1, func(req *http.Request) (*http.Response, error) { sent = req.ContentLength; return client.Do(req) })
		if _, err := s.table("events202611").submit(t.Context(), ops); err != nil {
			t.Fatal(err)
		}
		if taken := transactionSize(ops); sent == 0 || sent > int64(taken) {
			t.Errorf("%s: %d bytes are sent, taken for %d", name, sent, taken)
		}
	}
}

// The size is 4 bytes, the keys at 2 bytes a character, and for each property 8
// bytes, its name at 2 bytes a character and its value: the formula by which
// the service bills.
func TestARowsSizeIsTheOneThatIsBilled(t *testing.T) {
	r := newRow("pk", "rk1")
	want := 4 + 2*(2+3)
	for _, x := range []struct {
		add  func()
		size int
	}{
		{func() { r.text("Text", "😀é") }, 8 + 2*4 + 2*3 + 4},
		{func() { r.text("Nothing", "") }, 0},
		{func() { r.number("Number", -7) }, 8 + 2*6 + 4},
		{func() { r.boolean("Flag", true) }, 8 + 2*4 + 1},
		{func() { r.moment("Time", at("2026-11-21T10:00:00Z")) }, 8 + 2*4 + 8},
		{func() { r.moment("Never", time.Time{}) }, 0},
		{func() { r.binary("Data", []byte{1, 2, 3}) }, 8 + 2*4 + 3 + 4},
	} {
		x.add()
		want += x.size
	}
	if r.billed != want || r.properties != 5 {
		t.Errorf("%d bytes, %d properties, want %d, 5", r.billed, r.properties, want)
	}
	json := `{"PartitionKey":"pk","RowKey":"rk1","Text":"😀é","Number":-7,"Flag":true,` +
		`"Time@odata.type":"Edm.DateTime","Time":"2026-11-21T10:00:00.0000000Z","Data@odata.type":"Edm.Binary","Data":"AQID"}`
	if diff := cmp.Diff(json, string(r.bytes())); diff != "" {
		t.Error(diff)
	}
}

func TestTimesAreStoredInUTC(t *testing.T) {
	r := newRow("p", "r")
	r.moment("T", at("2026-11-21T12:30:00.123456789+02:00"))
	if want := `"T":"2026-11-21T10:30:00.1234567Z"`; !strings.Contains(string(r.json), want) {
		t.Errorf("%s, want %s", r.json, want)
	}
}

func TestTextIsCutBetweenCharacters(t *testing.T) {
	for _, x := range []struct {
		text  string
		limit int
		want  string
	}{{"abc", 3, "abc"}, {"abc", 2, "ab"}, {"a😀b", 2, "a"}, {"a😀b", 3, "a😀"}, {"é", 0, ""}, {"", 5, ""}} {
		if got := cut(x.text, x.limit); got != x.want {
			t.Errorf("cut(%q, %d) = %q, want %q", x.text, x.limit, got, x.want)
		}
	}
}

func TestAFilterHasAtMost15Comparisons(t *testing.T) {
	s, f := open(t)
	var types []filter
	for i := range int32(16) {
		types = append(types, compareNumber("RecordType", "eq", i))
	}
	for n, want := range map[int]bool{15: true, 16: false} {
		_, err := anyOf(types[:n]...).odata()
		if (err == nil) != want {
			t.Errorf("%d comparisons: %v", n, err)
		}
	}
	for _, err := range s.table("events202611").rows(t.Context(), query{filter: anyOf(types...)}) {
		if err == nil {
			t.Error("16 comparisons are sent")
		}
	}
	if f.count("") > 0 {
		t.Error("a request was sent")
	}
}

func TestFiltersAreQuotedAndJoined(t *testing.T) {
	f := all(inPartition("p"), filter{}, keyBetween("RowKey", "a", "b"), anyOf(compareNumber("N", "eq", -1), compare("S", "ne", "o'b")))
	got, err := f.odata()
	want := "PartitionKey eq 'p' and RowKey ge 'a' and RowKey le 'b' and (N eq -1 or S ne 'o''b')"
	if got != want || err != nil || f.comparisons != 5 {
		t.Errorf("%s, %v, %d comparisons, want %s", got, err, f.comparisons, want)
	}
	if text, _ := all(anyOf(), filter{}).odata(); text != "" {
		t.Errorf("no comparison at all is %q", text)
	}
}

func TestAValueCannotSayMoreThanAValue(t *testing.T) {
	s, _ := open(t)
	if _, err := s.table("events202611").submit(t.Context(), many(5)); err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{"x' or PartitionKey ge '", "' or '' eq '", "p'", "''"} {
		rows := collect(t, s.table("events202611").rows(t.Context(), query{filter: inPartition(value)}))
		if len(rows) > 0 {
			t.Errorf("%q finds %d rows", value, len(rows))
		}
	}
}
