package host

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

// newAdmin serves a part of the admin API: the ping, the state of the host and
// runs on request. All but the ping require the master key.
func (h *Host) newAdmin(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	started := time.Now()
	mux.HandleFunc("/admin/host/ping", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /admin/host/status", h.requireMaster(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(h.status(time.Since(started))) // fails only if the caller is gone
	}))
	mux.HandleFunc("POST /admin/functions/{name}", h.requireMaster(func(w http.ResponseWriter, r *http.Request) {
		h.requestRun(ctx, w, r)
	}))
	return mux
}

func (h *Host) requireMaster(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if h.keys.identify(r, nil) != levelAdmin {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

// requestRun answers 202 once the invocation is scheduled; its result is in the log.
// The body is {"input": "..."}, whose value timer functions ignore.
func (h *Host) requestRun(ctx context.Context, w http.ResponseWriter, r *http.Request) {
	var body *struct{ Input any }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	f := h.function(r.PathValue("name"))
	if f == nil || f.Err != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	select {
	case h.calls <- f:
		w.WriteHeader(http.StatusAccepted)
	case <-ctx.Done():
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

// maxCalls bounds the concurrent invocations that the admin API asked for. Further
// requests wait.
const maxCalls = 16

// runCalls makes the invocations that the admin API asked for until ctx is done.
func (h *Host) runCalls(ctx context.Context) error {
	var group errgroup.Group
	group.SetLimit(maxCalls)
	defer group.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case f := <-h.calls:
			group.Go(func() error {
				if _, err := h.Invoke(ctx, f.Name); err != nil {
					h.console.host(severityError, "%v", err)
				}
				return nil
			})
		}
	}
}

type hostStatus struct {
	ID            string   `json:"id"`
	State         string   `json:"state"`
	Version       string   `json:"version"`
	ProcessUptime int64    `json:"processUptime"` // milliseconds
	Errors        []string `json:"errors,omitempty"`
}

func (h *Host) status(uptime time.Duration) hostStatus {
	s := hostStatus{ID: "standin", State: "Running", Version: hostVersion, ProcessUptime: uptime.Milliseconds()}
	for _, f := range h.functions {
		if f.Err != nil {
			s.Errors = append(s.Errors, "The '"+f.Name+"' function is in error: "+f.Err.Error())
		}
	}
	return s
}
