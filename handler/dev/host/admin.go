package host

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// newAdmin serves the part of the admin API that there is a use for: running
// a function, and the state of host and functions. All but the ping demands
// the master key.
func (h *Host) newAdmin(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	started := time.Now()
	mux.HandleFunc("/admin/host/ping", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /admin/host/status", h.master(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, h.status(time.Since(started)))
	}))
	mux.HandleFunc("GET /admin/functions", h.master(func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, h.functionList())
	}))
	mux.HandleFunc("GET /admin/functions/{name}/status", h.master(h.functionStatus))
	mux.HandleFunc("POST /admin/functions/{name}", h.master(func(w http.ResponseWriter, r *http.Request) {
		h.call(ctx, w, r)
	}))
	return mux
}

func (h *Host) master(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if l, _ := h.keys.identify(r, nil); l != levelAdmin {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next(w, r)
	}
}

// call answers 202 as soon as the run is on its way; how it ends is in the
// log. The body is {"input": "..."}; a timer makes nothing of it.
func (h *Host) call(ctx context.Context, w http.ResponseWriter, r *http.Request) {
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

type functionInfo struct {
	Name              string `json:"name"`
	Language          string `json:"language"`
	IsDisabled        bool   `json:"isDisabled"`
	InvokeURLTemplate string `json:"invoke_url_template,omitempty"`
	Href              string `json:"href"`
}

// functionList leaves out functions in error, as the host does.
func (h *Host) functionList() []functionInfo {
	list := []functionInfo{}
	for _, f := range h.functions {
		if f.Err != nil {
			continue
		}
		info := functionInfo{Name: f.Name, Language: "Custom", IsDisabled: f.Disabled, Href: h.url + "/admin/functions/" + f.Name}
		if f.HTTP != nil {
			info.InvokeURLTemplate = h.urlOf(f)
		}
		list = append(list, info)
	}
	return list
}

func (h *Host) functionStatus(w http.ResponseWriter, r *http.Request) {
	f := h.function(r.PathValue("name"))
	if f == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	var status struct {
		Errors []string `json:"errors,omitempty"`
	}
	if f.Err != nil {
		status.Errors = []string{f.Err.Error()}
	}
	writeJSON(w, status)
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(value) // the caller may be gone
}
