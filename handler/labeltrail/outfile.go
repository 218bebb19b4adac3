package main

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
)

// outputBuffer is how much is written at a time.
const outputBuffer = 1 << 16

// An output is where an answer is written to.
type output struct {
	*bufio.Writer
	finish  func() error // all of it is written
	abandon func()       // it will not be finished; after finish it does nothing
}

// openOutput opens the file of this name, or standard output if there is none.
func (p *program) openOutput(name string) (output, error) {
	if name == "" {
		out := bufio.NewWriterSize(p.stdout, outputBuffer)
		return output{out, out.Flush, func() {}}, nil
	}
	return createOut(name)
}

// createOut begins a file that has its name only once it is whole. What is
// there under this name stays there until then. Only who runs the command may
// read it: it holds personal data.
func createOut(name string) (output, error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return output{}, errors.New(name + " is there and is no file")
	}
	part, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.part")
	if err != nil {
		return output{}, err
	}
	out := bufio.NewWriterSize(part, outputBuffer)
	finish := func() error {
		// On the disk first: not even a loss of power leaves half of it under
		// the name.
		if err := errors.Join(out.Flush(), part.Sync(), part.Close()); err != nil {
			return err
		}
		return os.Rename(part.Name(), name)
	}
	abandon := func() {
		_ = part.Close()
		_ = os.Remove(part.Name()) // it has gone if it has its name
	}
	return output{out, finish, abandon}, nil
}
