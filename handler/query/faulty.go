package query

import (
	"net/http"
	"strings"
	"time"

	"github.com/labeltrail/labeltrail/handler/store"
)

// Faulty returns the handler of the paths under /api/v1/ for a labeltrail
// whose settings have faults. Every answer is 500 and lists them, the status
// in its usual shape, so that it can be asked in any case. Nothing is read.
func Faulty(tenant, version string, faults []string, now func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resp := configurationFault(faults).response()
		if r.URL.EscapedPath() == pathPrefix+"status" {
			answer := newStatus(tenant, version, now())
			answer.Faults = append(answer.Faults, faults...)
			// Strings and a time of our own can always be encoded.
			resp, _ = jsonResponse(http.StatusInternalServerError, answer)
		}
		resp.with(costHeader(&store.Cost{}, 0))
		resp.write(w, r)
	})
}

func configurationFault(faults []string) *fault {
	return &fault{
		status: http.StatusInternalServerError, code: "ConfigurationError",
		message: "settings are at fault: " + strings.Join(faults, "; "),
	}
}
