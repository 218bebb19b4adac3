package azfunc

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
)

// maxEnvelope bounds an invocation's envelope. A timer's has a few hundred
// bytes.
const maxEnvelope = 1 << 20

// A Timer is what the host says of one firing of a timer trigger.
type Timer struct {
	// IsPastDue says that this firing makes up for a missed one.
	IsPastDue bool
}

// A TimerFunc does the work of one firing. The lines that it returns show up
// in the invocation's own log on the platform; an error makes the platform
// show the invocation as failed.
type TimerFunc func(context.Context, Timer) (lines []string, err error)

// answer is the reply to an invocation. An empty body would leave the
// invocation hanging until functionTimeout, so all members are always sent.
type answer struct {
	Outputs     map[string]any
	Logs        []string
	ReturnValue any
}

// OnTimer handles the invocations of one timer function: POST, with the id
// that the host gives every invocation. It answers 200 when run succeeded and
// 500 when it failed or panicked; the host ignores the body of a failure, so
// the error goes to log.
func OnTimer(log *slog.Logger, run TimerFunc) http.Handler {
	return guard(log, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
		reply(w, lines)
	}))
}

func reply(w http.ResponseWriter, lines []string) {
	if lines == nil {
		lines = []string{}
	}
	// The host refuses an answer whose content type it would have to guess.
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	json.NewEncoder(w).Encode(answer{Outputs: map[string]any{}, Logs: lines})
}

// decodeTimer finds the timer's value in the envelope, under whatever name
// the binding has. Values it does not know are no error: the host adds some
// from time to time, and ScheduleStatus may hold times without a zone.
func decodeTimer(body io.Reader) (Timer, error) {
	var envelope struct{ Data map[string]json.RawMessage }
	if err := json.NewDecoder(body).Decode(&envelope); err != nil {
		return Timer{}, fmt.Errorf("decode the invocation's envelope: %w", err)
	}
	for _, data := range envelope.Data {
		var timer Timer
		if json.Unmarshal(data, &timer) == nil {
			return timer, nil
		}
	}
	return Timer{}, nil
}
