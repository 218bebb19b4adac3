package infra

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
	"github.com/labeltrail/labeltrail/handler/ingest/ingesttest"
	"github.com/labeltrail/labeltrail/handler/pull"
)

// The figures behind the costs in docs/operate.md. Bytes and counts are measured
// below; prices are list prices in US dollars that change, and differ by region.
const (
	rowBytes       = 2600.0 // of a row, as billed
	entryBytes     = 145.0  // of an index entry, as billed
	entriesOfEvent = 9.0
	rawBytes       = 250.0         // of a record in a raw blob, compressed
	perEvent       = 250.0 / 1000  // table transactions
	perRun         = 75.0          // table transactions of a run that finds nothing
	runsAYear      = 365 * 24 * 12 // one each five minutes

	tableGB = 0.045 // a month
	tableTx = 0.00036 / 1e4
	blobGB  = 0.0208 // a month
	blobPut = 0.055 / 1e4
)

// A bill is what a year costs, in dollars.
type bill struct{ puts, raw, rows, index, transactions float64 }

// yearOf returns the bill of a year in which the data of the given number of years
// is stored on average: 0.5 in the first year, which begins with an empty store; 1
// in every year if one year is kept; 4.5 in the fifth year if all is kept.
func yearOf(events, contents, stored float64) bill {
	months := 12 * stored
	year := events * 365
	return bill{
		puts:         contents * 365 * blobPut,
		raw:          year * rawBytes / 1e9 * blobGB * months,
		rows:         year * rowBytes / 1e9 * tableGB * months,
		index:        year * entriesOfEvent * entryBytes / 1e9 * tableGB * months,
		transactions: (year*perEvent + runsAYear*perRun) * tableTx,
	}
}

func (b bill) sum() float64 { return b.puts + b.raw + b.rows + b.index + b.transactions }

// money formats a sum as docs/operate.md does: in cents below 10 dollars.
func money(v float64) string {
	if v < 10 {
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func TestDocsCosts(t *testing.T) {
	page := readText(t, "../docs/operate.md")
	readme := strings.Join(strings.Fields(readText(t, "../README.md")), " ")
	for _, volume := range []struct {
		name             string
		events, contents float64
	}{{"10 thousand", 10e3, 1e3}, {"100 thousand", 100e3, 4e3}, {"1 million", 1e6, 20e3}} {
		first, later := yearOf(volume.events, volume.contents, 0.5), yearOf(volume.events, volume.contents, 1)
		fifth := yearOf(volume.events, volume.contents, 4.5)
		row := strings.Join([]string{
			"", volume.name, money(first.puts), money(first.raw), money(first.rows), money(first.index), money(first.transactions),
			"**" + money(first.sum()) + "**", money(later.sum()), money(fifth.sum()), "",
		}, " | ")
		row = strings.TrimSpace(row)
		if !strings.Contains(page, row) {
			t.Errorf("docs/operate.md: the table of costs lacks\n%s", row)
		}
		if short := "$" + money(first.sum()) + " at " + volume.name; !strings.Contains(readme, short) {
			t.Errorf("README.md lacks %q", short)
		}
	}
}

// billed returns the billed size of a row in bytes ("Calculate the size/capacity of
// storage account and it services").
func billed(t *testing.T, columns map[string]any) float64 {
	t.Helper()
	size := 4.0
	for name, value := range columns {
		if strings.HasSuffix(name, "@odata.type") {
			continue
		}
		if name == "PartitionKey" || name == "RowKey" {
			size += 2 * float64(len(value.(string)))
			continue
		}
		kind, _ := columns[name+"@odata.type"].(string)
		size += 8 + 2*float64(len(name)) + billedValue(t, kind, value)
	}
	return size
}

func billedValue(t *testing.T, kind string, value any) float64 {
	t.Helper()
	switch kind {
	case "Edm.DateTime", "Edm.Int64", "Edm.Double":
		return 8
	case "Edm.Guid":
		return 16
	case "Edm.Binary":
		data, err := base64.StdEncoding.DecodeString(value.(string))
		if err != nil {
			t.Fatal(err)
		}
		return float64(len(data)) + 4
	}
	switch v := value.(type) {
	case bool:
		return 1
	case float64:
		return 4 // Int32
	case string:
		return 2*float64(len(utf16.Encode([]rune(v)))) + 4
	}
	t.Fatalf("a value of type %s: %v", kind, value)
	return 0
}

// near checks a measured value against the formula, within a fifth: simulated
// events differ from real ones.
func near(t *testing.T, what string, measured, formula float64) {
	t.Helper()
	t.Logf("%s: measured %.1f, formula %.1f", what, measured, formula)
	if math.Abs(measured-formula) > formula/5 {
		t.Errorf("%s: measured %.1f, the formula says %.1f", what, measured, formula)
	}
}

func TestCostFormula(t *testing.T) {
	t.Parallel()
	connection := pool.ConnectionString(t)
	w := ingesttest.New(t, connection, tenant.Config{Events: 2000, Contents: 40, NoiseShare: -1})
	batches := 0
	w.Storage.Plan(func(_ int, r *http.Request) ingesttest.Fault {
		if strings.HasSuffix(r.URL.Path, "/$batch") {
			batches++
		}
		return nil
	})
	job, err := pull.New(pull.Config{
		Feed: w.Feed, Store: w.Store, Ingest: w.Ingest, ContentTypes: []string{tenant.General}, Clock: w.Clocks(), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := job.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	account := ingesttest.NewAccount(t, connection)
	rows, entries := account.Rows(t, "events"), account.Rows(t, "index")
	near(t, "bytes of a row", average(t, rows), rowBytes)
	near(t, "entries of an event", float64(len(entries))/float64(len(rows)), entriesOfEvent)
	near(t, "bytes of an entry", average(t, entries), entryBytes)
	// Real records are larger than simulated ones.
	if raw := rawSize(t, account) / float64(len(rows)); raw > rawBytes {
		t.Errorf("bytes of a record in a raw blob: measured %.1f, the formula says %.1f", raw, rawBytes)
	}
	t.Logf("transactions: measured %d", batches)
	// This run has 2,000 events. Larger content blobs and longer runs fill
	// transactions better, smaller ones worse.
	if most := 2000*perEvent + perRun; float64(batches) > most {
		t.Errorf("%d transactions, the formula says at most %.0f", batches, most)
	}
}

func average(t *testing.T, rows []ingesttest.StoredRow) float64 {
	t.Helper()
	sum := 0.0
	for _, r := range rows {
		sum += billed(t, r.Columns)
	}
	return sum / float64(len(rows))
}

func rawSize(t *testing.T, account ingesttest.Account) float64 {
	t.Helper()
	sum := 0.0
	pager := account.Blobs.NewListBlobsFlatPager("raw", nil)
	for pager.More() {
		page, err := pager.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, blob := range page.Segment.BlobItems {
			sum += float64(*blob.Properties.ContentLength)
		}
	}
	return sum
}

// The page names the prices that the formula uses.
func TestDocsPrices(t *testing.T) {
	text := regexp.MustCompile(`\s+`).ReplaceAllString(readText(t, "../docs/operate.md"), " ")
	for _, price := range []string{"0.055", "0.0208", "0.045", "0.00036"} {
		if !strings.Contains(text, "$"+price) {
			t.Errorf("docs/operate.md does not give the price $%s", price)
		}
	}
}
