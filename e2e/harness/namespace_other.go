//go:build !linux

package harness

import (
	"context"
	"errors"
	"io"
	"net/netip"
)

var errOnlyLinux = errors.New("a namespace needs Linux")

// RunInNetwork needs Linux.
func RunInNetwork(context.Context, string, []string, io.Writer) error { return errOnlyLinux }

// Network is "": this program cannot be inside.
func Network() string { return "" }

// LoopbackUp needs Linux.
func LoopbackUp() error { return errOnlyLinux }

// UseResolvConf needs Linux.
func UseResolvConf(string) error { return errOnlyLinux }

// AddLoopbackNetwork needs Linux.
func AddLoopbackNetwork(netip.Prefix) error { return errOnlyLinux }

// UseServiceAccount needs Linux.
func UseServiceAccount(string) error { return errOnlyLinux }
