//go:build !linux

package harness

import (
	"errors"
	"syscall"
	"time"
)

// endWithParent asks for nothing: only Linux ends a child with its parent.
func endWithParent() *syscall.SysProcAttr { return nil }

// Memory needs Linux.
func (p *Process) Memory() (now, most int, err error) {
	return 0, 0, errors.New("the memory of a process can be read on Linux only")
}

// CPU needs Linux.
func (p *Process) CPU() (time.Duration, error) {
	return 0, errors.New("the processor time of a process can be read on Linux only")
}
