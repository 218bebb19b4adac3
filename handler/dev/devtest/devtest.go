// Package devtest has what several packages' tests of the function app need: the
// staged app and plain HTTP requests.
package devtest

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// An App is the function app, staged once for all tests of a binary.
//
//	var app = devtest.App{Stage: stage}
//
//	func TestMain(m *testing.M) {
//		code := m.Run()
//		app.Remove()
//		os.Exit(code)
//	}
type App struct {
	// Stage builds the app in dir, which does not exist yet.
	Stage func(ctx context.Context, dir string) error

	once sync.Once
	root string
	err  error
}

// Dir returns the staged app. The first call stages it.
func (a *App) Dir(t testing.TB) string {
	t.Helper()
	a.once.Do(func() {
		a.root, a.err = os.MkdirTemp("", "labeltrail-test-")
		if a.err == nil {
			a.err = a.Stage(context.Background(), a.dir())
		}
	})
	if a.err != nil {
		t.Fatal(a.err)
	}
	return a.dir()
}

func (a *App) dir() string { return filepath.Join(a.root, "app") }

// Remove deletes the staged app, if Dir was called.
func (a *App) Remove() {
	if a.root != "" {
		os.RemoveAll(a.root)
	}
}

// Send makes a request on a connection of its own, with headers given as pairs of
// name and value, and returns the response and its body. It neither follows
// redirects nor asks for compression.
func Send(t testing.TB, method, url string, body io.Reader, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	client := http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}
