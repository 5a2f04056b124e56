package harness

import "syscall"

// endWithParent makes the kernel kill a child whose parent is gone, however the parent ended. A process group of its
// own keeps Ctrl-C in a terminal from reaching the child before its parent stops it.
func endWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
