package azurelike_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azurelike"
)

func inserts(n int) (batch []aztables.TransactionAction) {
	for i := range n {
		batch = append(batch, insert(key{"p", fmt.Sprintf("r%03d", i)}, 1))
	}
	return batch
}

// replace returns an operation whose keys are in its path.
func replace(k key) aztables.TransactionAction {
	a := insert(k, 1)
	a.ActionType = aztables.TransactionTypeInsertReplace
	return a
}

func comparisons(n int) string {
	return strings.Repeat("N0 eq 'a eq b and o''c' or ", n-1) + "not (N0 ne '')"
}

func TestLimits(t *testing.T) {
	transaction := func(ops ...aztables.TransactionAction) func(context.Context, *aztables.Client) error {
		return func(ctx context.Context, c *aztables.Client) error {
			_, err := c.SubmitTransaction(ctx, ops, nil)
			return err
		}
	}
	filter := func(text string) func(context.Context, *aztables.Client) error {
		return func(ctx context.Context, c *aztables.Client) error {
			_, err := c.NewListEntitiesPager(&aztables.ListEntitiesOptions{Filter: &text}).NextPage(ctx)
			return err
		}
	}
	single := func(n int) func(context.Context, *aztables.Client) error {
		return func(ctx context.Context, c *aztables.Client) error {
			_, err := c.AddEntity(ctx, insert(key{"p", "r"}, n).Entity, nil)
			return err
		}
	}
	for name, x := range map[string]struct {
		call    func(context.Context, *aztables.Client) error
		status  string // of the response, and of the operation inside a transaction
		message string // code and text of the error; "" if accepted
		azurite bool   // Azurite itself accepts it
	}{
		"two partitions": {transaction(insert(key{"p", "a"}, 1), insert(key{"q", "b"}, 1)), "202 400",
			`CommandsInBatchActOnDifferentPartitions" "1:All commands in a batch must operate on same entity group.`, true},
		"two partitions, in paths": {transaction(replace(key{"p", "a"}), replace(key{"p", "b"}), replace(key{"q", "b"})), "202 400",
			`CommandsInBatchActOnDifferentPartitions" "2:`, true},
		"101 operations": {transaction(inserts(101)...), "202 400",
			`InvalidInput" "99:The batch request operation exceeds the maximum 100 changes per change set.`, false},
		"253 properties": {single(253), "400", `TooManyProperties" "The entity contains more properties than allowed.`, true},
		"253 properties, in a transaction": {transaction(insert(key{"p", "a"}, 1), insert(key{"p", "b"}, 253)), "202 400",
			`TooManyProperties" "1:The entity contains more properties than allowed.`, true},
		"16 comparisons": {filter(comparisons(16)), "400", `InvalidInput" "One of the request inputs is not valid.`, true},

		"100 operations":  {transaction(inserts(100)...), "202 204", "", true},
		"252 properties":  {single(252), "201", "", true},
		"15 comparisons":  {filter(comparisons(15)), "200", "", true},
		"one row in path": {transaction(replace(key{"p", "a"}), insert(key{"p", "b"}, 1)), "202 204", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			a := open(t, azurelike.Options{})
			resp, body := do(t, func(ctx context.Context) error { return x.call(ctx, a.tables.NewClient("rows")) })
			outside, inside, _ := strings.Cut(x.status, " ")
			code, words, _ := strings.Cut(x.message, `" "`)
			for _, want := range []string{inside, code, words} {
				if fmt.Sprint(resp.StatusCode) != outside || !strings.Contains(body, want) {
					t.Errorf("%d %.500s\nwant %s with %q", resp.StatusCode, body, outside, want)
				}
			}
			if x.message != "" && len(a.read(t)) > 0 {
				t.Error("a rejected call has stored something")
			}
			plain := open(t, azurelike.Options{})
			if err := x.call(t.Context(), plain.plain.NewClient("rows")); (err == nil) != x.azurite {
				t.Errorf("Azurite itself: %v, want acceptance: %v", err, x.azurite)
			}
		})
	}
}

// The name of a deleted table stays in use for a number of requests.
func TestDeletedTable(t *testing.T) {
	a := open(t, azurelike.Options{Deleting: 5})
	longest := 0
	for i := range 12 {
		name := fmt.Sprint("Going", i)
		calls := []func(context.Context) error{
			func(ctx context.Context) error {
				_, err := a.tables.CreateTable(ctx, strings.ToLower(name), nil)
				return err
			},
			func(ctx context.Context) error {
				_, err := a.tables.NewClient(name).SubmitTransaction(ctx, inserts(1), nil)
				return err
			},
			func(ctx context.Context) error {
				_, err := a.tables.NewClient(name).NewListEntitiesPager(nil).NextPage(ctx)
				return err
			},
			func(ctx context.Context) error {
				_, err := a.tables.NewClient(name).GetEntity(ctx, "p", "r", nil)
				return err
			},
			func(ctx context.Context) error { _, err := a.tables.DeleteTable(ctx, name, nil); return err },
		}
		if _, err := a.tables.CreateTable(t.Context(), name, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := a.tables.DeleteTable(t.Context(), name, nil); err != nil {
			t.Fatal(err)
		}
		requests := 0
		for ; ; requests++ {
			resp, body := do(t, calls[(i+requests)%len(calls)])
			if !strings.Contains(body, "TableBeingDeleted") {
				break
			}
			if resp.StatusCode != 409 && !(resp.StatusCode == 202 && strings.Contains(body, "HTTP/1.1 409 Conflict")) {
				t.Errorf("%d %s", resp.StatusCode, body)
			}
		}
		if requests < 1 || requests > 5 {
			t.Errorf("the name was in use for %d requests, want 1 to 5", requests)
		}
		longest = max(longest, requests)
		if resp, body := do(t, calls[0]); resp.StatusCode >= 400 && !strings.Contains(body, "TableAlreadyExists") {
			t.Errorf("afterwards: %d %s", resp.StatusCode, body)
		}
	}
	if longest < 3 {
		t.Errorf("no name was in use for more than %d requests", longest)
	}
	if diff := cmp.Diff(0, a.transport.Did()[azurelike.Rejected]); diff != "" {
		t.Error(diff)
	}
}
