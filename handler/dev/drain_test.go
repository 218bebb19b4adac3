package main

import (
	"flag"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
)

// Ten thousand take ten minutes, most of which go to comparing them in the end,
// as the emulator looks for a row in all of its partition:
//
//	go test ./handler/dev -run Pending -v -timeout 60m -args -pending 10000
var pendingContents = flag.Int("pending", 800, "contents of a week that are pending at the same time")

// drainMemory is what the process may take for a backlog of any length, bytes.
const drainMemory = 128e6

// A week is listed before any of it is read, so that all of its contents are
// pending at once. What the handler needs for them does not depend on how many
// there are.
func TestPendingContentsAreDrainedInBoundedMemory(t *testing.T) {
	t.Parallel()
	n := *pendingContents
	r := newRig(t, tenant.Config{Events: 2 * n, Contents: n, NoiseShare: 0.9, PageSize: 500, RequestsPerMinute: -1})
	r.boot(t, map[string]string{"REQUESTS_PER_MINUTE": "60000"})
	r.pullAll(t)
	t.Logf("%d contents, %d records: %.0f MB at most", n, 20*n, float64(r.host.PeakRSS())/1e6)
	if peak := float64(r.host.PeakRSS()); peak == 0 || peak > drainMemory {
		t.Errorf("the handler took %.0f MB, at most %.0f are allowed", peak/1e6, drainMemory/1e6)
	}
	r.check(t)
}
