package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/labeltrail/labeltrail/"

// layers lists the deployed packages and the command line from the bottom up. A
// package imports only from the layers below its own.
var layers = [][]string{
	{"handler/audit", "handler/azfunc", "handler/clock"},
	{"handler/store/internal/keys", "handler/store/internal/seq", "handler/store/internal/storage"},
	{"handler/store/internal/account", "handler/store/internal/tables"},
	{"handler/store/events", "handler/store/ledger"},
	{"handler/feed", "handler/store"},
	{"handler/ingest", "handler/settings"},
	{"handler/pull", "handler/query", "handler/webhook"},
	{"handler/fsck", "handler/search"},
	{"handler", "handler/labeltrail"},
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func TestImportsRunOneWay(t *testing.T) {
	for _, p := range packages(t) {
		own := layer(strings.TrimPrefix(p.ImportPath, module))
		for _, imported := range p.Imports {
			name, ours := strings.CutPrefix(imported, module)
			if own < 0 || !ours {
				continue // not deployed, or not ours
			}
			switch below := layer(name); {
			case below < 0:
				t.Errorf("%s is deployed and imports %s, which is not", p.ImportPath, name)
			case below >= own:
				t.Errorf("%s imports %s, which is not below it", p.ImportPath, name)
			}
		}
	}
}

func TestImportsOfDev(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		if !strings.HasPrefix(name, "handler/dev/") {
			continue
		}
		for _, imported := range p.Imports {
			if within, ours := strings.CutPrefix(imported, module); ours && !strings.HasPrefix(within, "handler/dev/") {
				t.Errorf("%s imports %s", name, within)
			}
		}
	}
}

func TestImportsOfSDKs(t *testing.T) {
	const sdk = "github.com/Azure/azure-sdk-for-go/sdk/"
	importers := map[string][]string{ // import path prefix: the deployed packages that may import it
		sdk + "storage/":   {"handler/store", "handler/store/internal/account"},
		sdk + "data/":      {"handler/store/internal/account", "handler/store/internal/tables"},
		sdk + "azidentity": {"handler/feed", "handler", "handler/labeltrail"},

		"github.com/getkin/":   nil, // only in tests
		"github.com/rogpeppe/": nil, // only in tests

		// The command line's packages and modules, which the handler does not link.
		module + "handler/fsck":   {"handler/labeltrail"},
		module + "handler/search": {"handler/labeltrail"},
		"github.com/lanrat/":      {"handler/fsck"},
	}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		for prefix, allowed := range importers {
			imports := slices.ContainsFunc(p.Imports, func(i string) bool { return strings.HasPrefix(i, prefix) })
			if imports && layer(name) >= 0 && !slices.Contains(allowed, name) {
				t.Errorf("%s imports %s", name, prefix)
			}
		}
	}
}

func TestImportsOfAudit(t *testing.T) {
	for _, p := range packages(t) {
		if p.ImportPath != module+"handler/audit" {
			continue
		}
		for _, forbidden := range []string{"os", "net", "net/http", "log", "log/slog"} {
			if slices.Contains(p.Imports, forbidden) {
				t.Errorf("audit imports %s", forbidden)
			}
		}
		return
	}
	t.Fatal("no package audit")
}

func layer(name string) int {
	return slices.IndexFunc(layers, func(l []string) bool { return slices.Contains(l, name) })
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []goPackage
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}
