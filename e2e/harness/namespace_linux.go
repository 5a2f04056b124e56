package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// insideVar tells a program that RunInNetwork has started it, and for whom.
const insideVar = "OTELCOL_RIVER_E2E_NETWORK"

// RunInNetwork runs this program again with args, in a user, a network and a mount namespace of its own: there every
// port is free, the loopback interface is the only one, nothing outside can be reached, and mounts are gone with the
// program. Inside, Network returns the name. Where the machine forbids it, the error is ErrNoNamespaces.
func RunInNetwork(ctx context.Context, name string, args []string, out io.Writer) error {
	attributes := endWithParent()
	attributes.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET | syscall.CLONE_NEWNS
	attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	return runInside(ctx, name, args, out, attributes)
}

// RunInNetworkAsRoot is RunInNetwork without a user namespace: root of the machine stays root, and programs can run as
// other users, which a user namespace does not have. The error is ErrNotRoot for anyone else.
func RunInNetworkAsRoot(ctx context.Context, name string, args []string, out io.Writer) error {
	if os.Getuid() != 0 {
		return ErrNotRoot
	}
	attributes := endWithParent()
	attributes.Cloneflags = syscall.CLONE_NEWNET | syscall.CLONE_NEWNS
	return runInside(ctx, name, args, out, attributes)
}

// runInside runs this program again, inside of what the attributes make, and waits for it.
func runInside(
	ctx context.Context, name string, args []string, out io.Writer, attributes *syscall.SysProcAttr,
) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("cannot run this program again: %w", err)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), insideVar+"="+name)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = attributes

	// Linux ends the child with the thread that started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err = cmd.Start()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EINVAL) {
		return fmt.Errorf("%w: %w", ErrNoNamespaces, err)
	}
	if err != nil {
		return fmt.Errorf("cannot run this program again: %w", err)
	}
	return cmd.Wait()
}

// Network is the name for which RunInNetwork or RunInNetworkAsRoot has started this program, or "" outside.
func Network() string { return os.Getenv(insideVar) }

// LoopbackUp turns the loopback interface on: in a new network namespace it is off. The error is ErrNoNamespaces where
// the machine lets a namespace do nothing.
func LoopbackUp() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("cannot turn the loopback interface on: %w", err)
	}
	defer func() { _ = unix.Close(socket) }()
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCGIFFLAGS, request); err != nil {
		return fmt.Errorf("cannot read the flags of the loopback interface: %w", err)
	}
	request.SetUint16(request.Uint16() | unix.IFF_UP)
	err = unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request)
	if errors.Is(err, unix.EPERM) { // AppArmor lets us have a namespace and do nothing in it
		return fmt.Errorf("%w: %w", ErrNoNamespaces, err)
	}
	if err != nil {
		return fmt.Errorf("cannot turn the loopback interface on: %w", err)
	}
	return nil
}

// AddLoopbackNetwork gives the loopback interface a network beside 127.0.0.0/8, of IPv4: each address in it can be
// listened on.
func AddLoopbackNetwork(network netip.Prefix) error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("cannot add %s to the loopback interface: %w", network, err)
	}
	defer func() { _ = unix.Close(socket) }()
	address := network.Addr().As4()
	for _, set := range []struct {
		call  uint
		value []byte
	}{{unix.SIOCSIFADDR, address[:]}, {unix.SIOCSIFNETMASK, net.CIDRMask(network.Bits(), 32)}} {
		request, err := unix.NewIfreq("lo:1")
		if err != nil {
			return err
		}
		if err := request.SetInet4Addr(set.value); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(socket, set.call, request); err != nil {
			return fmt.Errorf("cannot add %s to the loopback interface: %w", network, err)
		}
	}
	return nil
}

// serviceAccountFolder is where a pod finds the credentials of its service account.
const serviceAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

// UseServiceAccount makes a folder what a pod finds its service account in, for this program and those that it starts,
// inside RunInNetwork. What is written into the folder later holds, too.
func UseServiceAccount(folder string) error {
	if err := ownMounts("/var/run"); err != nil {
		return err
	}
	// What the machine keeps there is out of sight from now on, and nothing is written to it.
	if err := unix.Mount("tmpfs", "/var/run", "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("cannot make a /var/run of our own: %w", err)
	}
	if err := os.MkdirAll(serviceAccountFolder, 0o700); err != nil {
		return err
	}
	if err := unix.Mount(folder, serviceAccountFolder, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("cannot mount %s at %s: %w", folder, serviceAccountFolder, err)
	}
	return nil
}

// ownMounts keeps the mounts that are made from now on to this program and those that it starts.
func ownMounts(over string) error {
	if Network() == "" {
		return fmt.Errorf("%s can be another one only in a mount namespace of its own", over)
	}
	// The kernel keeps mounts of a new user namespace from those outside; this one says so whatever the kernel does.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("cannot keep mounts to ourselves: %w", err)
	}
	return nil
}

// resolvConf is where programs find out which name servers to ask.
const resolvConf = "/etc/resolv.conf"

// UseResolvConf makes the file at path the /etc/resolv.conf of this program and of those that it starts, inside
// RunInNetwork. What is written to it later holds, too.
func UseResolvConf(path string) error {
	if err := ownMounts(resolvConf); err != nil {
		return err
	}
	if err := unix.Mount(path, resolvConf, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("cannot mount %s over %s: %w", path, resolvConf, err)
	}
	return nil
}

// UseMemoryDisk makes a folder a disk with room for so many bytes, for this program and those that it starts,
// inside RunInNetwork. It returns what makes the folder itself again.
func UseMemoryDisk(folder string, bytes int) (release func() error, err error) {
	if err := ownMounts(folder); err != nil {
		return nil, err
	}
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, fmt.Sprintf("size=%d", bytes)); err != nil {
		return nil, fmt.Errorf("cannot make %s a disk of its own: %w", folder, err)
	}
	return func() error { return unix.Unmount(folder, unix.MNT_DETACH) }, nil
}
