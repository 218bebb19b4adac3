// Command package stages the deployable function app.
//
//	go run ./infra/package [-o dist] [-native]
//
// azd deploys the result, `func start` runs in it, and ./handler/dev uses it:
//
//	dist/host.json
//	dist/THIRD_PARTY_NOTICES        the licenses of what the handler links
//	dist/handler                    the custom handler: linux/amd64, static, mode 0755
//	dist/<function>/function.json   one folder for each function, mode 0644
//
// The Functions host finds functions only in the direct subfolders of the folder
// that holds host.json, so the folders of functions/ are copied beside it. The
// same sources give the same bytes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
)

func main() {
	out := flag.String("o", "dist", "stage into this `folder`, replacing its content")
	native := flag.Bool("native", false, "build the handler for this machine instead of linux/amd64")
	flag.Parse()
	target := platform{"linux", "amd64"}
	if *native {
		target = platform{runtime.GOOS, runtime.GOARCH}
	}
	if err := stage(context.Background(), *out, target); err != nil {
		fmt.Fprintln(os.Stderr, "package:", err)
		os.Exit(1)
	}
}
