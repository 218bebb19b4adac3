package query_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/events"
	"github.com/labeltrail/labeltrail/handler/store/storetest"
)

// BenchmarkExport requests the largest page of each format from the handler as a
// separate process, and reports the peak memory of the process as Linux, on which
// the handler is deployed, reports it. Writing the events takes minutes.
//
//	go test ./handler/query -run '^$' -bench Export -benchtime 1x
func BenchmarkExport(b *testing.B) {
	const events = 50_000
	connection := storetest.ConnectionString(b)
	writeMany(b, connection, events)
	for _, shown := range []string{"format=csv", "format=ndjson", "format=csv&view=cmdlet", "format=csv&freeText=plan"} {
		b.Run(shown, func(b *testing.B) {
			for b.Loop() {
				h := startHandler(b, connection)
				began := time.Now()
				lines, size := h.export(b, "/api/v1/events?startDate=2026-01-20&endDate=2026-11-21&resultSize=50000&"+shown)
				if lines < events {
					b.Fatalf("%d lines, want at least %d", lines, events)
				}
				b.ReportMetric(time.Since(began).Seconds(), "s/export")
				b.ReportMetric(float64(size)/1e6, "MB/export")
				b.ReportMetric(h.peak(b), "MB/process")
			}
		})
	}
}

// writeMany writes copies of a sample, spread over 300 days. Nearly all have
// different index terms, because Azurite, unlike Azure, takes minutes to write ten
// thousand entries to one partition.
func writeMany(b *testing.B, connection string, n int) {
	b.Helper()
	s, err := store.Open(store.Config{ConnectionString: connection, Tenant: tenant})
	if err != nil {
		b.Fatal(err)
	}
	sent, err := os.ReadFile("testdata/94-updated-outlook.json")
	if err != nil {
		b.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	for from := 0; from < n; from += 1000 {
		var batch []events.Event
		for i := from; i < min(from+1000, n); i++ {
			at := time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * (300 * 24 * time.Hour / time.Duration(n)))
			text := sent
			for old, new := range map[string]string{
				"ca08441d-7876-4320-9c75-c0a3d99bcc4a": fmt.Sprintf("%08x-%04x-4000-8000-%012x", random.Uint32(), i>>16, random.Uint32()),
				"2022-12-22T21:01:35":                  at.Format("2006-01-02T15:04:05"),
				`"test.msg"`:                           fmt.Sprintf(`"C:\\Users\\user%d\\Documents\\Quarterly plan %x.docx"`, random.IntN(500), random.Uint64()),
				"ipadmin@champion365":                  fmt.Sprintf("user%d@champion365", random.IntN(50_000)),
				"forrester-demo1":                      fmt.Sprintf("laptop-%d", random.IntN(50_000)),
				"6a10f3c2":                             fmt.Sprintf("%08x", random.Uint32()), // the labels
				"6282649d":                             fmt.Sprintf("%08x", random.Uint32()),
				"20.163.159.46":                        fmt.Sprintf("20.163.%d.%d", random.IntN(256), random.IntN(256)),
				`"RecordType":94`:                      fmt.Sprintf(`"RecordType":%d`, 5000+random.IntN(1000)),
				"SensitivityLabelUpdated":              fmt.Sprintf("SensitivityLabelUpdated%d", random.IntN(1000)),
				`"LabelEventType":1`:                   fmt.Sprintf(`"LabelEventType":%d`, random.IntN(1000)),
			} {
				text = bytes.ReplaceAll(text, []byte(old), []byte(new))
			}
			batch = append(batch, events.Event{Record: record(b, text), Content: content(fmt.Sprint(from))})
		}
		if _, err := s.Events.Write(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
}

// A process is the handler as deployed.
type process struct {
	*exec.Cmd
	address string
}

func startHandler(b *testing.B, connection string) *process {
	b.Helper()
	program := filepath.Join(b.TempDir(), "handler")
	if out, err := exec.Command("go", "build", "-o", program, "github.com/labeltrail/labeltrail/handler").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	port := freePort(b)
	h := &process{exec.Command(program), "http://127.0.0.1:" + port}
	h.Env = append(os.Environ(), "FUNCTIONS_CUSTOMHANDLER_PORT="+port, "TENANT_ID="+tenant, "DataStorage="+connection, "PULL_SCHEDULE=0 */5 * * * *")
	if err := h.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		h.Process.Kill()
		h.Wait()
	})
	h.awaitReady(b)
	return h
}

// awaitReady polls until the handler responds, as the Functions host does.
func (h *process) awaitReady(b *testing.B) {
	b.Helper()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for range 500 {
		if resp, err := http.Get(h.address); err == nil {
			resp.Body.Close()
			return
		}
		<-ticker.C
	}
	b.Fatal("the handler does not respond")
}

func freePort(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// export downloads a page and those that follow it, and returns their number of
// lines and bytes.
func (h *process) export(b *testing.B, path string) (lines int, size int64) {
	b.Helper()
	for address := h.address + path; address != ""; {
		resp, err := http.Get(address)
		if err != nil {
			b.Fatal(err)
		}
		count := &lineCounter{}
		n, err := io.Copy(count, resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			b.Fatal(resp.Status, err)
		}
		b.Logf("a page of %d lines: %s rows read, %s requests, %s ms", count.lines, resp.Header.Get("Labeltrail-Rows-Read"),
			resp.Header.Get("Labeltrail-Storage-Requests"), resp.Header.Get("Labeltrail-Milliseconds"))
		lines, size, address = lines+count.lines, size+n, ""
		if m := nextInLink.FindStringSubmatch(resp.Header.Get("Link")); m != nil {
			address = m[1]
		}
	}
	return lines, size
}

type lineCounter struct{ lines int }

func (c *lineCounter) Write(p []byte) (int, error) {
	c.lines += bytes.Count(p, []byte("\n"))
	return len(p), nil
}

var vmHWM = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// peak returns the peak memory of the process in MB.
func (h *process) peak(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	m := vmHWM.FindSubmatch(status)
	if m == nil {
		b.Fatalf("missing VmHWM in %s", status)
	}
	kB, _ := strconv.ParseFloat(string(m[1]), 64)
	return kB / 1000
}
