package azurelike

import (
	"encoding/json"
	"net/http"
	"strings"
)

// noteDeletion takes the name of a table that c has deleted.
func (t *Transport) noteDeletion(c *call, resp *http.Response) {
	if c.original.Method != http.MethodDelete || resp.StatusCode != http.StatusNoContent || t.options.Deleting == 0 {
		return
	}
	if table := c.droppedTable(); table != "" {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.taken[c.account+" "+table] = 1 + c.chance.IntN(t.options.Deleting)
	}
}

// beingDeleted refuses what concerns a table that was deleted a moment ago.
func (t *Transport) beingDeleted(c *call) (*http.Response, error) {
	table := c.concerns()
	if table == "" || !t.isTaken(c.account+" "+table) {
		return nil, nil
	}
	t.did(BeingDeleted)
	if c.isTransaction() {
		return c.refuseInside(0, tableBeingDeleted), nil
	}
	return c.refuse(tableBeingDeleted), nil
}

// isTaken reports whether a name is taken, and makes it so for one request less.
func (t *Transport) isTaken(key string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken[key] == 0 {
		delete(t.taken, key)
		return false
	}
	t.taken[key]--
	return true
}

// droppedTable is the table that a DELETE of Tables('name') is for.
func (c *call) droppedTable() string {
	name, found := strings.CutPrefix(c.resource, "Tables('")
	if !found {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(name, "')"))
}

// concerns is the table that a call is about, in lower case: names of tables
// are case-insensitive. "" if there is none.
func (c *call) concerns() string {
	switch {
	case !c.table || c.listsTables() && c.original.Method == http.MethodGet:
		return ""
	case c.listsTables():
		var created struct{ TableName string }
		json.Unmarshal(c.body, &created) // Azurite refuses what is no JSON
		return strings.ToLower(created.TableName)
	case c.droppedTable() != "":
		return c.droppedTable()
	case c.isTransaction():
		for o := range c.operations() {
			return strings.ToLower(o.table)
		}
		return ""
	}
	name, _, _ := strings.Cut(c.resource, "(")
	return strings.ToLower(name)
}
