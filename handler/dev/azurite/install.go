package azurite

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/labeltrail/labeltrail/handler/dev/npm"
)

//go:embed package.json
var packageJSON []byte

//go:embed package-lock.json
var packageLock []byte

//go:embed launch.js
var launchJS []byte

// install returns a folder that holds Azurite as the lock file pins it and
// launch.js.
func install(ctx context.Context) (string, error) {
	dir, err := npm.Install(ctx, "azurite", map[string][]byte{
		"package.json": packageJSON, "package-lock.json": packageLock, "launch.js": launchJS,
	})
	if err != nil {
		return "", fmt.Errorf("install Azurite, the storage emulator: %w", err)
	}
	return dir, nil
}
