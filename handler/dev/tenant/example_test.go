package tenant_test

import (
	"fmt"
	"time"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
)

func Example() {
	now := func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) }
	simulated := tenant.New(tenant.Config{Now: now, Seed: 7, Events: 500, Contents: 40})
	if err := simulated.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer simulated.Close()

	// A client now reads simulated.URL(). Afterwards, compare what it holds.
	events := 0
	for range simulated.Truth(now()) {
		events++
	}
	fmt.Println(len(simulated.Contents(now())), "content blobs with", events, "label events")
	fmt.Println(len(simulated.Violations()), "violations")
	// Output:
	// 40 content blobs with 500 label events
	// 0 violations
}
