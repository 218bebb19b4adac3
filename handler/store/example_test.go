package store_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
	"github.com/labeltrail/labeltrail/handler/store/events"
	"github.com/labeltrail/labeltrail/handler/store/ledger"
)

// This reads a trail in the storage emulator.
func Example() {
	st, err := store.Open(store.Config{
		Tenant:           "84b06764-3e5e-4f51-9a78-046a7f38b59b",
		ConnectionString: "UseDevelopmentStorage=true",
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()

	// The events of one user on one day, newest first.
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	const user = "ada@contoso.example"
	for e, err := range st.Events.List(ctx, events.Query{
		From: day, To: day.AddDate(0, 0, 1), Terms: [][]events.Term{{events.OfUser(user)}},
	}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Record.CreationTime, string(e.Record.JSON))
	}

	// The content blobs that were lost.
	for e, err := range st.Ledger.List(ctx, ledger.Query{States: []ledger.State{ledger.Lost}}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.ID, e.Error)
	}
}
