//go:build !linux

package host

import "os/exec"

// dieWithParent does nothing on this system. Close ends the handler, but the
// death of this process does not.
func dieWithParent(*exec.Cmd) {}
