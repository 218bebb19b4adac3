package azurelike

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// rows is the answer to a query.
type rows struct {
	envelope map[string]json.RawMessage // without the rows
	rows     []map[string]json.RawMessage
	next     place // of the first row that is not among them; the zero place if there is none
}

func readRows(resp *http.Response) (*rows, error) {
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	a := &rows{}
	if err := json.Unmarshal(body, &a.envelope); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	if err := json.Unmarshal(a.envelope["value"], &a.rows); err != nil {
		return nil, fmt.Errorf("read rows: %w", err)
	}
	a.next, err = readPlace(resp.Header)
	return a, err
}

// json is the answer as it is sent, each row with what was asked for of it,
// nil being all.
func (a *rows) json(names []string) []byte {
	for _, row := range a.rows {
		for _, key := range []string{"PartitionKey", "RowKey"} {
			if names != nil && !slices.Contains(names, key) {
				delete(row, key)
			}
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if a.rows == nil {
		a.rows = []map[string]json.RawMessage{}
	}
	envelope := map[string]any{"value": a.rows}
	for name, value := range a.envelope {
		if name != "value" {
			envelope[name] = value
		}
	}
	if err := e.Encode(envelope); err != nil {
		panic(err) // it was JSON before
	}
	return b.Bytes()
}

func (a *rows) partition(i int) string {
	var key string
	json.Unmarshal(a.rows[i]["PartitionKey"], &key) // Azurite's own JSON
	return key
}
