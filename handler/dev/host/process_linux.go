package host

import (
	"os/exec"
	"syscall"
)

// dieWithParent has the kernel kill the handler when this process dies,
// however it does.
func dieWithParent(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
