package host

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestMain runs this binary as the handler if a host under test has started it,
// and as a host if a test needs one to kill.
func TestMain(m *testing.M) {
	switch os.Getenv("TEST_ROLE") {
	case "handler":
		runHandler()
	case "host":
		runHost()
	default:
		os.Exit(m.Run())
	}
}

// runHandler is the custom handler of the tests. TEST_START says how it behaves
// before it listens. After that, its behavior depends on the function's name.
func runHandler() {
	switch mode := os.Getenv("TEST_START"); {
	case mode == "never listen":
		select {}
	case strings.HasPrefix(mode, "exit "):
		exit(strings.TrimPrefix(mode, "exit "))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/", http.NotFound)
	mux.HandleFunc("/api/", serveAPI)
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) { logReceived(w, r) })
	mux.HandleFunc("POST /respond", func(w http.ResponseWriter, _ *http.Request) { writeConfigured(w) })
	mux.HandleFunc("POST /hang", func(_ http.ResponseWriter, r *http.Request) { fmt.Println("hanging"); <-r.Context().Done() })
	mux.HandleFunc("POST /exit", func(http.ResponseWriter, *http.Request) { exit(os.Getenv("TEST_CODE")) })
	mux.HandleFunc("POST /print", func(w http.ResponseWriter, _ *http.Request) { printLines(w) })
	mux.HandleFunc("POST /environment", func(w http.ResponseWriter, _ *http.Request) { writeReturnValue(w, os.Environ()) })
	err := http.ListenAndServe("127.0.0.1:"+os.Getenv("FUNCTIONS_CUSTOMHANDLER_PORT"), mux)
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func exit(code string) {
	n, _ := strconv.Atoi(code)
	fmt.Fprintln(os.Stderr, "a warning")
	fmt.Fprintln(os.Stderr, "fatal problem")
	os.Exit(n)
}

// received describes a request as the handler received it.
type received struct {
	Method, Path, Query, Host string
	Length                    int64
	Encoding                  []string
	Header                    http.Header
	Body                      string
}

func receive(r *http.Request) received {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		body = []byte("error: " + err.Error())
	}
	return received{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Host: r.Host,
		Length: r.ContentLength, Encoding: r.TransferEncoding, Header: r.Header, Body: string(body),
	}
}

// logReceived responds with one line of Logs, which describes the request.
func logReceived(w http.ResponseWriter, r *http.Request) {
	text, _ := json.Marshal(receive(r))
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"Outputs": map[string]any{}, "Logs": []string{string(text)}, "ReturnValue": nil})
}

// writeConfigured writes the response that the TEST_ settings configure.
func writeConfigured(w http.ResponseWriter) {
	w.Header()["Content-Type"] = nil // prevents a detected type
	if contentType := os.Getenv("TEST_TYPE"); contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	if status := os.Getenv("TEST_STATUS"); status != "" {
		n, _ := strconv.Atoi(status)
		w.WriteHeader(n)
	}
	_, _ = io.WriteString(w, os.Getenv("TEST_BODY"))
}

func printLines(w http.ResponseWriter) {
	fmt.Println("an error on standard output")
	fmt.Fprintln(os.Stderr, "careful: a Warning")
	fmt.Fprintln(os.Stderr, "plain standard error")
	fmt.Print("without an end")
	writeReturnValue(w, nil)
}

func writeReturnValue(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]any{"ReturnValue": value})
}

// serveAPI handles proxied and forwarded requests.
func serveAPI(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Query().Get("do") {
	case "stream":
		_, _ = io.WriteString(w, "first\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	case "break":
		_, _ = io.WriteString(w, "first\n")
		_ = http.NewResponseController(w).Flush()
		os.Exit(3)
	case "hang":
		fmt.Println("hanging")
		<-r.Context().Done()
		fmt.Println("released")
	case "redirect":
		http.Redirect(w, r, "/api/elsewhere", http.StatusFound)
	default:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Add("X-Response", "one")
		w.Header().Add("X-Response", "two")
		if r.URL.Query().Get("do") == "teapot" {
			w.WriteHeader(http.StatusTeapot)
		}
		_ = json.NewEncoder(w).Encode(receive(r))
	}
}

// runHost runs a host on TEST_ROOT until it is killed, and prints the address of
// its handler.
func runHost() {
	h, err := Start(context.Background(), Config{
		Root: os.Getenv("TEST_ROOT"), TimersOff: true,
		Env: map[string]string{"TEST_ROLE": "handler"},
	})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	p, _ := h.dispatcher.state()
	fmt.Println(strings.TrimPrefix(p.base, "http://"))
	time.Sleep(time.Minute) // in case the test ends before it kills this process
}
