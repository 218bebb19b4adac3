package host

import (
	"os"
	"path/filepath"
)

// addExecutableBit sets it for all where the user's is missing, as the host
// does on Flex Consumption: a zip made on Windows has none. What is to be
// found on PATH is left alone.
func addExecutableBit(path string) error {
	info, err := os.Stat(path)
	if err != nil || !filepath.IsAbs(path) || info.Mode()&0o100 != 0 {
		return nil
	}
	return os.Chmod(path, info.Mode()|0o111)
}
