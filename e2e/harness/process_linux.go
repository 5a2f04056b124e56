package harness

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// endWithParent makes the kernel kill a child whose parent is gone, however the parent ended. A process group of its
// own keeps Ctrl-C in a terminal from reaching the child before its parent stops it.
func endWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// Memory is how many bytes of memory the process holds, and the most that it has held.
func (p *Process) Memory() (now, most int, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0, fmt.Errorf("cannot read the memory of %s: %w", p.name, err)
	}
	for name, size := range map[string]*int{"VmRSS:": &now, "VmHWM:": &most} {
		_, line, _ := strings.Cut(string(text), name)
		if _, err := fmt.Sscanf(line, "%d kB", size); err != nil {
			return 0, 0, fmt.Errorf("no %s in the status of %s: %w", name, p.name, err)
		}
		*size *= 1024
	}
	return now, most, nil
}

// The kernel has a clock for the processor time of each process: its number is made of that of the process and a kind.
const (
	clockShift        = 3
	clockOfAllThreads = 2
)

// CPU is the processor time that the process has used so far, its own and the kernel's for it, in all its threads.
func (p *Process) CPU() (time.Duration, error) {
	clock := ^p.cmd.Process.Pid<<clockShift | clockOfAllThreads
	var used unix.Timespec
	if err := unix.ClockGettime(int32(clock), &used); err != nil { //nolint:gosec // process numbers are small
		return 0, fmt.Errorf("cannot read the processor time of %s: %w", p.name, err)
	}
	return time.Duration(used.Nano()), nil
}
