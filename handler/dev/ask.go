package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
)

// get asks the query function. The caller closes the answer's body.
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
		return nil, fmt.Errorf("%s answers %s: %s", url, resp.Status, body)
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

// records asks for every record of the trail, page by page.
func (s *system) records(ctx context.Context) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		// No event of a week is older than a month, however late it comes.
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

// showHow prints what can be asked now.
func (s *system) showHow(t *terminal) {
	ask := func(what, query string) {
		t.line("\n# %s\ncurl -H 'x-functions-key: %s' '%s%s'", what, s.host.FunctionKey(), s.host.URL(), query)
	}
	ask("how the trail stands", "/api/v1/status")
	ask("the last 24 hours of label events", "/api/v1/events?startDate=-24h")
	ask("files whose label was changed, newest first, as Microsoft recorded them",
		"/api/v1/events?recordType=AipSensitivityLabelAction&operations=SensitivityLabelUpdated&view=record")
	ask("labels that were lowered or removed, for a spreadsheet",
		"/api/v1/events?labelEventTypes=LabelDowngraded,LabelRemoved&format=csv")
	ask("the same for a script that reads what Search-UnifiedAuditLog | Export-Csv writes",
		"/api/v1/events?labelEventTypes=LabelDowngraded,LabelRemoved&format=csv&view=cmdlet")
	t.line("\nNew events keep coming in. Ctrl-C ends everything.")
}
