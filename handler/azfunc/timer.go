package azfunc

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
)

// maxEnvelope limits an invocation's envelope in bytes. A timer's envelope has a
// few hundred bytes.
const maxEnvelope = 1 << 20

// A Timer describes one firing of a timer trigger.
type Timer struct {
	IsPastDue bool // whether this firing makes up for a missed one
}

// A TimerFunc does the work of one firing. The platform shows the returned lines
// in the invocation's log, and marks the invocation as failed if there is an
// error.
type TimerFunc func(context.Context, Timer) (lines []string, err error)

// An invocationResponse is the response to an invocation. It always has all
// members, because an empty body leaves the invocation hanging until
// functionTimeout.
type invocationResponse struct {
	Outputs     map[string]any
	Logs        []string
	ReturnValue any
}

// OnTimer returns the handler of a timer function. It wraps it as OnHTTP does. It
// responds with 200 if run succeeded, and with 500 if run failed or panicked. The
// host ignores the body of a 500, so the error goes to log. A request that is not
// a POST with an invocation id gets 404.
func OnTimer(log *slog.Logger, run TimerFunc) http.Handler {
	return OnHTTP(log, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.Header.Get(invocationHeader) == "" {
			http.NotFound(w, r)
			return
		}
		timer, err := decodeTimer(http.MaxBytesReader(w, r.Body, maxEnvelope))
		if err != nil {
			log.ErrorContext(r.Context(), "invocation not understood", "error", err.Error())
			http.Error(w, "invocation not understood", http.StatusBadRequest)
			return
		}
		lines, err := run(r.Context(), timer)
		if err != nil {
			log.ErrorContext(r.Context(), "invocation failed", "error", err.Error())
			http.Error(w, "invocation failed", http.StatusInternalServerError)
			return
		}
		writeLines(w, lines)
	}))
}

func writeLines(w http.ResponseWriter, lines []string) {
	if lines == nil {
		lines = []string{}
	}
	// The host rejects a response without a content type.
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	json.NewEncoder(w).Encode(invocationResponse{Outputs: map[string]any{}, Logs: lines})
}

// decodeTimer finds the timer in the envelope, whatever name the binding has. It
// ignores values that it does not know: the host adds some from time to time,
// and ScheduleStatus may contain times without a zone.
func decodeTimer(body io.Reader) (Timer, error) {
	var envelope struct{ Data map[string]json.RawMessage }
	if err := json.NewDecoder(body).Decode(&envelope); err != nil {
		return Timer{}, fmt.Errorf("decode the invocation's envelope: %w", err)
	}
	for _, data := range envelope.Data {
		var timer Timer
		if err := json.Unmarshal(data, &timer); err == nil {
			return timer, nil
		}
	}
	return Timer{}, nil
}
