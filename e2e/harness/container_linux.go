package harness

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// enteredVar tells a program that Container.Start has started it, and what to become.
const enteredVar = "OTELCOL_RIVER_E2E_CONTAINER"

// Start starts the container: this program once more, which has to call EnterContainer first of all. It takes root. Why
// a container could not be made is in its log.
func (c Container) Start() (*Process, error) {
	if os.Getuid() != 0 {
		return nil, ErrNotRoot
	}
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot run this program again: %w", err)
	}
	what, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), enteredVar+"="+string(what))
	cmd.SysProcAttr = endWithParent()
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS
	return startCommand(c.Name, cmd)
}

// EnterContainer becomes the program of a container, if Container.Start has started this program: then it returns only
// to say why it could not. Else it returns false at once.
func EnterContainer() (bool, error) {
	what, asked := os.LookupEnv(enteredVar)
	if !asked {
		return false, nil
	}
	var c Container
	if err := json.Unmarshal([]byte(what), &c); err != nil {
		return true, err
	}
	// Some of what follows is the thread's own: the rights that it gave up, and what ends it.
	runtime.LockOSThread()
	for _, step := range []func() error{c.mount, c.bind, c.enter, c.dropRights} {
		if err := step(); err != nil {
			return true, fmt.Errorf("cannot make the container %s: %w", c.Name, err)
		}
	}
	return true, fmt.Errorf("cannot run %s: %w", c.Args[0], syscall.Exec(c.Args[0], c.Args, c.Env))
}

// devices are those that every container has, apart from terminals.
var devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}

// mount makes the folder a file system of its own, with the processes and the devices that a container sees.
func (c Container) mount() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("cannot keep mounts to ourselves: %w", err)
	}
	if err := unix.Mount(c.Root, c.Root, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("cannot mount %s: %w", c.Root, err)
	}
	for _, fs := range []struct {
		folder, kind string
		flags        uintptr
	}{
		{"proc", "proc", unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC},
		{"dev", "tmpfs", unix.MS_NOSUID | unix.MS_NOEXEC},
	} {
		at := filepath.Join(c.Root, fs.folder)
		if err := os.MkdirAll(at, 0o755); err != nil { //nolint:gosec // other users have to get in
			return err
		}
		if err := unix.Mount(fs.kind, at, fs.kind, fs.flags, ""); err != nil {
			return fmt.Errorf("cannot mount %s: %w", fs.folder, err)
		}
	}
	for _, device := range devices {
		if err := c.bindOne(Bind{From: device, To: device, Writable: true}); err != nil {
			return err
		}
	}
	return nil
}

func (c Container) bind() error {
	for _, b := range c.Binds {
		if err := c.bindOne(b); err != nil {
			return err
		}
	}
	return nil
}

func (c Container) bindOne(b Bind) error {
	info, err := os.Stat(b.From)
	if err != nil {
		return err
	}
	at := filepath.Join(c.Root, b.To)
	if err := makePlace(at, info.IsDir()); err != nil {
		return err
	}
	if err := unix.Mount(b.From, at, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("cannot mount %s at %s: %w", b.From, b.To, err)
	}
	if b.Writable {
		return nil
	}
	return readOnly(at)
}

// makePlace makes what something is mounted over, unless it is there.
func makePlace(at string, folder bool) error {
	if folder {
		return os.MkdirAll(at, 0o755) //nolint:gosec // other users have to get in
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil { //nolint:gosec // other users have to get in
		return err
	}
	file, err := os.OpenFile(at, os.O_CREATE|os.O_RDONLY, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// readOnly makes a mount one that nobody can write to.
func readOnly(at string) error {
	if err := unix.Mount("", at, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_NOSUID, ""); err != nil {
		return fmt.Errorf("cannot make %s read-only: %w", at, err)
	}
	return nil
}

// enter makes the folder the root file system, read-only, and lets go of the machine's.
func (c Container) enter() error {
	if err := readOnly(c.Root); err != nil {
		return err
	}
	if err := os.Chdir(c.Root); err != nil {
		return err
	}
	// The machine's root comes to lie over the new one, and is taken off.
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("cannot make %s the root file system: %w", c.Root, err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("cannot let go of the machine's file system: %w", err)
	}
	return os.Chdir(c.Folder)
}

// dropRights becomes the user, for good. With its user a thread loses that it ends with its parent, and is told again.
func (c Container) dropRights() error {
	if err := syscall.Setgroups([]int{}); err != nil {
		return fmt.Errorf("cannot leave all groups: %w", err)
	}
	if err := syscall.Setgid(c.Group); err != nil {
		return fmt.Errorf("cannot become group %d: %w", c.Group, err)
	}
	if err := syscall.Setuid(c.User); err != nil {
		return fmt.Errorf("cannot become user %d: %w", c.User, err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("cannot renounce new privileges: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("cannot end with the parent: %w", err)
	}
	return nil
}
