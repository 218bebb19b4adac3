// Command package stages the deployable function app.
//
//	go run ./infra/package [-o dist] [-native]
//
// The result is what azd deploys, what `func start` runs in, and what the
// local system drives:
//
//	dist/host.json
//	dist/handler                    the custom handler: linux/amd64, static, mode 0755
//	dist/<function>/function.json   one folder a function, mode 0644
//
// The Functions host finds functions only in the immediate subfolders of the
// folder that holds host.json, so the folders of functions/ are lifted beside
// it. The same sources give the same bytes.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
)

func main() {
	out := flag.String("o", "dist", "the `folder` to stage into; its content is replaced")
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
