package azurite_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/labeltrail/labeltrail/handler/dev/azurite"
)

func TestStart(t *testing.T) {
	for name, options := range map[string]azurite.Options{
		"plain HTTP":               {},
		"HTTPS with bearer tokens": {OAuth: true},
		"several accounts":         {Accounts: []string{"first", "second"}},
	} {
		t.Run(name, func(t *testing.T) {
			server, err := azurite.Start(t.Context(), options)
			if err != nil {
				t.Fatal(err)
			}
			for _, url := range []string{server.BlobURL, server.TableURL} {
				resp, err := server.Client().Get(url)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if got := resp.Header.Get("Server"); !strings.HasPrefix(got, "Azurite-") {
					t.Errorf("%s: Server is %q, want Azurite", url, got)
				}
			}
			if dir, installed, err := azurite.Dir(); err != nil || !installed {
				t.Errorf("installed in %q: %t, %v", dir, installed, err)
			}
			server.Close()
			if _, err := http.Get(server.BlobURL); err == nil {
				t.Error("listens after Close")
			}
		})
	}
}
