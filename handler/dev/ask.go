package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"

	"github.com/labeltrail/labeltrail/handler/dev/tenant"
)

// get sends a question to the query function. The caller closes the response's
// body. Any status except 200 is an error.
func (s *system) get(ctx context.Context, url string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("x-functions-key", s.host.FunctionKey())
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		defer resp.Body.Close()
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
		return nil, fmt.Errorf("GET %s: %s: %s", url, resp.Status, body)
	}
	return resp, nil
}

func (s *system) getJSON(ctx context.Context, url string, v any) error {
	resp, err := s.get(ctx, url)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(v)
}

// records yields every record of the trail as the query function returns it.
func (s *system) records(ctx context.Context) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		// Late events of the week are at most a month older than the week.
		start := s.base.AddDate(0, -1, 0).Format("2006-01-02")
		url := s.host.URL() + "/api/v1/events?view=record&resultSize=5000&startDate=" + start
		for url != "" {
			var page struct {
				Value    []json.RawMessage
				NextLink string
			}
			if err := s.getJSON(ctx, url, &page); err != nil {
				yield(nil, err)
				return
			}
			for _, record := range page.Value {
				if !yield(record, nil) {
					return
				}
			}
			url = page.NextLink
		}
	}
}

// showQuestions prints commands that ask the system, to be pasted into a shell.
func (s *system) showQuestions(t *terminal) {
	t.line("\nTo ask questions, open another terminal in this folder and paste this line, then any of the commands below:\n\nURL=%s KEY='%s'",
		s.host.URL(), s.host.FunctionKey())
	for _, q := range []struct{ what, query string }{
		{"How complete is the trail?", "/api/v1/status"},
		{"Label events of the last 24 hours", "/api/v1/events?startDate=-24h"},
		{"Files whose label was changed, newest first, as Microsoft recorded them",
			"/api/v1/events?recordType=AipSensitivityLabelAction&operations=SensitivityLabelUpdated&view=record"},
		{"Labels that were downgraded or removed, as CSV for a spreadsheet",
			"/api/v1/events?labelEventTypes=LabelDowngraded,LabelRemoved&format=csv"},
		{"The same as Search-UnifiedAuditLog | Export-Csv writes it",
			"/api/v1/events?labelEventTypes=LabelDowngraded,LabelRemoved&format=csv&view=cmdlet"},
	} {
		t.line("\n# %s\ncurl -H \"x-functions-key: $KEY\" \"$URL%s\"", q.what, q.query)
	}
	t.line("\n# All pages of an answer, into a file\nexport LABELTRAIL_URL=\"$URL\" LABELTRAIL_KEY=\"$KEY\"\n" +
		"go run ./handler/labeltrail search -labelEventTypes LabelDowngraded,LabelRemoved -format csv -out downgraded.csv")
	t.line("\n# Check the stored trail: ledger, raw blobs and rows\nexport TENANT_ID=%s DataStorage='%s'\ngo run ./handler/labeltrail fsck",
		tenant.DefaultTenantID, s.connection)
	t.line("\nNew events keep arriving. Press Ctrl-C to stop.")
}
