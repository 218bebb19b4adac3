package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/azfunc"
	"github.com/labeltrail/labeltrail/handler/query"
)

// faulty stands in for every function while the settings are not to be used:
// each answers 500 and logs what is wrong with them, each time it is called.
// The webhook, which anybody may call, does not say it to the caller.
func faulty(tenant string, faults []string, log *slog.Logger) azfunc.Functions {
	err := errors.New("faulty settings: " + strings.Join(faults, "; "))
	log.Error("settings", "faults", faults)
	failing := func(answer http.HandlerFunc) http.Handler {
		return azfunc.OnHTTP(log, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			log.ErrorContext(r.Context(), "invocation failed", "error", err.Error())
			answer(w, r)
		}))
	}
	return azfunc.Functions{
		"/pull":        azfunc.OnTimer(log, func(context.Context, azfunc.Timer) ([]string, error) { return nil, err }),
		"/api/webhook": failing(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }),
		"/api/v1/":     failing(query.Faulty(tenant, version, faults, time.Now).ServeHTTP),
	}
}
