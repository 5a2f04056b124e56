//go:build !linux

package harness

import (
	"context"
	"os/exec"
)

// NewMachine needs Linux.
func NewMachine(string) (*Machine, error) { return nil, ErrNotRoot }

// Path is "": there is no machine.
func (m *Machine) Path(string) string { return "" }

// Show needs Linux.
func (m *Machine) Show(string, string) error { return ErrNotRoot }

// Command cannot be called: there is no machine.
func (m *Machine) Command(context.Context, string, ...string) *exec.Cmd { return nil }

// Boot needs Linux.
func (m *Machine) Boot(context.Context) error { return ErrNotRoot }

// Stop has nothing to stop.
func (m *Machine) Stop() error { return nil }
