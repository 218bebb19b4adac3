package feed_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/labeltrail/labeltrail/handler/feed"
)

// List what became available within the last hour, and fetch it.
func Example() {
	const tenant = "11111111-2222-3333-4444-555555555555"
	cloud, _ := feed.CloudByName("enterprise")
	credential, err := feed.NewCredential(feed.CredentialConfig{Tenant: tenant}) // the managed identity
	if err != nil {
		log.Fatal(err)
	}
	client, err := feed.New(feed.Config{Root: cloud.Root, Tenant: tenant, Credential: credential})
	if err != nil {
		log.Fatal(err)
	}

	ctx, now := context.Background(), time.Now()
	for page, err := range client.List(ctx, "Audit.General", now.Add(-time.Hour), now) {
		if err != nil {
			log.Fatal(err) // the listing is incomplete
		}
		for _, content := range page {
			body, err := client.Content(ctx, content.ID)
			if feed.ClassOf(err) == feed.Gone {
				continue // it cannot be fetched any more
			}
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(content.ID, len(body))
		}
	}
}
