package host

import (
	"os/exec"
	"syscall"
)

// dieWithParent makes the kernel kill the handler when this process dies, for
// whatever reason.
func dieWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
