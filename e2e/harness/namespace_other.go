//go:build !linux

package harness

import (
	"context"
	"io"
	"net/netip"
)

// RunInNetwork needs Linux.
func RunInNetwork(context.Context, string, []string, io.Writer) error { return ErrNoNamespaces }

// RunInNetworkAsRoot needs Linux.
func RunInNetworkAsRoot(context.Context, string, []string, io.Writer) error { return ErrNotRoot }

// Network is "": this program cannot be inside.
func Network() string { return "" }

// LoopbackUp needs Linux.
func LoopbackUp() error { return ErrNoNamespaces }

// UseResolvConf needs Linux.
func UseResolvConf(string) error { return ErrNoNamespaces }

// AddLoopbackNetwork needs Linux.
func AddLoopbackNetwork(netip.Prefix) error { return ErrNoNamespaces }

// UseServiceAccount needs Linux.
func UseServiceAccount(string) error { return ErrNoNamespaces }

// UseMemoryDisk needs Linux.
func UseMemoryDisk(string, int) (func() error, error) { return nil, ErrNoNamespaces }
