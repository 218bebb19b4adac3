package azurelike_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/google/go-cmp/cmp"

	"github.com/labeltrail/labeltrail/handler/dev/azurite/azurelike"
)

// truncating returns options that truncate many pages.
func truncating(seed uint64) azurelike.Options {
	return azurelike.Options{Seed: seed, ShortPages: 0.7, EmptyPages: 0.2, PartitionTokens: 0.5}
}

func joined(pages []page) (keys []key) {
	for _, p := range pages {
		keys = append(keys, p.keys...)
	}
	return keys
}

func TestPages(t *testing.T) {
	a := open(t, truncating(1))
	all := a.fill(t, 6, 20)
	filter, top := "PartitionKey ge 'p01' and RowKey lt 'r13'", int32(7)
	some := slices.DeleteFunc(slices.Clone(all), func(k key) bool { return k.PartitionKey < "p01" || k.RowKey >= "r13" })
	for range 20 {
		if diff := cmp.Diff(all, joined(a.pages(t, nil))); diff != "" {
			t.Fatalf("all rows (-want +got):\n%s", diff)
		}
		pages := a.pages(t, &aztables.ListEntitiesOptions{Filter: &filter, Top: &top})
		if diff := cmp.Diff(some, joined(pages)); diff != "" {
			t.Fatalf("some rows (-want +got):\n%s", diff)
		}
		for _, p := range pages {
			if len(p.keys) > 7 {
				t.Errorf("a page of %d rows, want at most 7", len(p.keys))
			}
		}
	}
	did := a.transport.Did()
	for _, effect := range []azurelike.Effect{azurelike.ShortPage, azurelike.EmptyPage, azurelike.PartitionToken} {
		if did[effect] < 10 {
			t.Errorf("%q occurred %d times", effect, did[effect])
		}
	}
}

func TestEmptyPages(t *testing.T) {
	a := open(t, azurelike.Options{EmptyPages: 1})
	all := a.fill(t, 2, 3)
	pages := a.pages(t, nil)
	if diff := cmp.Diff(all, joined(pages)); diff != "" {
		t.Error(diff)
	}
	if len(pages) != 4 || len(pages[0].keys) > 0 || pages[0].partition == "" {
		t.Errorf("%d pages: %+v", len(pages), pages)
	}
}

func TestPartitionTokens(t *testing.T) {
	a := open(t, azurelike.Options{PartitionTokens: 1})
	all := a.fill(t, 4, 5)
	pages := a.pages(t, nil)
	if diff := cmp.Diff(all, joined(pages)); diff != "" {
		t.Error(diff)
	}
	for i, p := range pages[:len(pages)-1] {
		if p.partition == "" || p.row != "" {
			t.Errorf("page %d ends with the tokens %q, %q", i, p.partition, p.row)
		}
		if next := pages[i+1].keys[0]; next.RowKey != "r00" {
			t.Errorf("page %d begins with %v, want the start of a partition", i+1, next)
		}
	}
	if len(pages) < 2 {
		t.Fatal("precondition: at least two pages")
	}
}

func TestDroppedRowToken(t *testing.T) {
	a := open(t, azurelike.Options{})
	a.fill(t, 1, 5)
	top := int32(3)
	first := a.pages(t, &aztables.ListEntitiesOptions{Top: &top})[0]
	again := a.pages(t, &aztables.ListEntitiesOptions{Top: &top, NextPartitionKey: &first.partition})[0]
	if diff := cmp.Diff(first.keys, again.keys); diff != "" || first.row == "" {
		t.Errorf("tokens %q, %q (-want +got):\n%s", first.partition, first.row, diff)
	}
}

func TestOpaqueTokens(t *testing.T) {
	a := open(t, azurelike.Options{})
	a.fill(t, 2, 5)
	top := int32(3)
	for _, p := range a.pages(t, &aztables.ListEntitiesOptions{Top: &top}) {
		for _, token := range []string{p.partition, p.row} {
			for _, part := range strings.Split(token, "!") {
				if plain, err := base64.StdEncoding.DecodeString(part); strings.Contains(part, "r0") || err == nil && strings.Contains(string(plain), "r0") {
					t.Errorf("token %q holds a key", token)
				}
			}
		}
	}
	mine := base64.StdEncoding.EncodeToString([]byte("p00")) // which Azurite accepts
	for name, service := range map[string]*aztables.ServiceClient{"Azurite": a.plain, "Azure": a.tables} {
		_, err := service.NewClient("rows").NewListEntitiesPager(&aztables.ListEntitiesOptions{NextPartitionKey: &mine}).NextPage(t.Context())
		if (err == nil) != (name == "Azurite") {
			t.Errorf("%s: a token made by the client: %v", name, err)
		}
	}
}

func TestSelect(t *testing.T) {
	a := open(t, truncating(2))
	a.fill(t, 3, 5)
	for selected, want := range map[string][]string{"RowKey": {"RowKey"}, "N0": {"N0"}, "PartitionKey,N0": {"N0", "PartitionKey"}} {
		for _, p := range a.pages(t, &aztables.ListEntitiesOptions{Select: &selected}) {
			for _, row := range p.rows {
				var names []string
				for name := range row {
					if !strings.Contains(name, "odata") {
						names = append(names, name)
					}
				}
				if slices.Sort(names); !slices.Equal(names, want) {
					t.Fatalf("selected %s, got %v", selected, row)
				}
			}
		}
	}
}

func TestTablePages(t *testing.T) {
	a := open(t, truncating(3))
	want := []string{"rows"}
	for i := range 12 {
		name := fmt.Sprintf("table%02d", i)
		if _, err := a.plain.CreateTable(t.Context(), name, nil); err != nil {
			t.Fatal(err)
		}
		want = append(want, name)
	}
	most := 0
	for range 10 {
		var got []string
		pages := 0
		pager := a.tables.NewListTablesPager(nil)
		for ; pager.More(); pages++ {
			p, err := pager.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, table := range p.Tables {
				got = append(got, *table.Name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		most = max(most, pages)
	}
	if most < 3 {
		t.Errorf("at most %d pages, want 3 or more", most)
	}
}

func TestMissingTable(t *testing.T) {
	a := open(t, truncating(4))
	for range 10 {
		resp, body := do(t, func(ctx context.Context) error {
			_, err := a.tables.NewClient("none").NewListEntitiesPager(nil).NextPage(ctx)
			return err
		})
		if resp.StatusCode != 404 || !strings.Contains(body, "TableNotFound") {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
	}
}
