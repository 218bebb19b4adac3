package search

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
)

// outputBuffer is how many bytes are written at a time: 64 KiB keeps system
// calls rare.
const outputBuffer = 64 << 10

// An output is the destination of an answer.
type output struct {
	*bufio.Writer
	finish  func() error // makes a complete output permanent
	abandon func()       // discards an incomplete one; does nothing after finish
}

// openOutput opens a file, or standard output if name is "".
func (c *Config) openOutput(name string) (output, error) {
	if name == "" {
		out := bufio.NewWriterSize(c.Stdout, outputBuffer)
		return output{out, out.Flush, func() {}}, nil
	}
	return createFile(name)
}

// createFile creates a file that gets its name only when it is complete. Until
// then a file of that name stays in place. The file is personal data, so only
// the user may read it.
func createFile(name string) (output, error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return output{}, errors.New(name + " exists and is not a regular file")
	}
	part, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.part")
	if err != nil {
		return output{}, err
	}
	out := bufio.NewWriterSize(part, outputBuffer)
	finish := func() error {
		// Sync before the rename: a power failure must not leave half a file
		// under the name.
		if err := errors.Join(out.Flush(), part.Sync(), part.Close()); err != nil {
			return err
		}
		return os.Rename(part.Name(), name)
	}
	abandon := func() {
		_ = part.Close()
		_ = os.Remove(part.Name()) // fails after finish, which renamed it
	}
	return output{out, finish, abandon}, nil
}
