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

// faulty replaces every function while the settings have faults. Each function
// logs the faults and responds with 500 on every call. The response of the webhook
// does not contain them, since anybody may call it.
func faulty(tenant string, faults []string, log *slog.Logger) azfunc.Functions {
	err := errors.New("faulty settings: " + strings.Join(faults, "; "))
	log.Error("settings", "faults", faults)
	failing := func(respond http.HandlerFunc) http.Handler {
		return azfunc.OnHTTP(log, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			log.ErrorContext(r.Context(), "invocation failed", "error", err.Error())
			respond(w, r)
		}))
	}
	return azfunc.Functions{
		"/pull":        azfunc.OnTimer(log, func(context.Context, azfunc.Timer) ([]string, error) { return nil, err }),
		"/api/webhook": failing(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }),
		"/api/v1/":     failing(query.Faulty(tenant, version, faults, time.Now).ServeHTTP),
	}
}
