package harness

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// NewMachine copies a file system: what is written in the copy is kept in memory, and gone with Stop.
func NewMachine(pristine string) (*Machine, error) {
	folder, err := os.MkdirTemp("", "machine")
	if err != nil {
		return nil, err
	}
	m := &Machine{folder: folder}
	if err := m.mount(pristine); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot make a machine of %s: %w", pristine, err), m.Stop())
	}
	return m, nil
}

// mount lays a file system in memory over the pristine one, and adds what every program expects to see.
func (m *Machine) mount(pristine string) error {
	if err := ownMounts(m.folder); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", m.folder, "tmpfs", 0, "mode=755"); err != nil {
		return err
	}
	changes, scratch := filepath.Join(m.folder, "changes"), filepath.Join(m.folder, "scratch")
	for _, folder := range []string{changes, scratch, m.Path(""), filepath.Join(m.folder, "cgroup")} {
		if err := os.Mkdir(folder, 0o755); err != nil { //nolint:gosec // other users have to get in
			return err
		}
	}
	layers := "lowerdir=" + pristine + ",upperdir=" + changes + ",workdir=" + scratch
	if err := unix.Mount("overlay", m.Path(""), "overlay", 0, layers); err != nil {
		return err
	}
	if err := unix.Mount("proc", m.Path("proc"), "proc", 0, ""); err != nil {
		return err
	}
	if err := m.mountDevices(); err != nil {
		return err
	}
	// Whoever installs a machine writes this; debootstrap does not.
	hosts := []byte("127.0.0.1 localhost\n::1 localhost\n")
	return os.WriteFile(m.Path("etc/hosts"), hosts, 0o644) //nolint:gosec // other users read it
}

func (m *Machine) mountDevices() error {
	if err := unix.Mount("tmpfs", m.Path("dev"), "tmpfs", 0, "mode=755"); err != nil {
		return err
	}
	defer unix.Umask(unix.Umask(0))
	for name, number := range map[string][2]uint32{
		"null": {1, 3}, "zero": {1, 5}, "full": {1, 7}, "random": {1, 8}, "urandom": {1, 9}, "tty": {5, 0},
	} {
		device := int(unix.Mkdev(number[0], number[1])) //nolint:gosec // these are small
		if err := unix.Mknod(m.Path("dev/"+name), unix.S_IFCHR|0o666, device); err != nil {
			return fmt.Errorf("cannot make /dev/%s: %w", name, err)
		}
	}
	for name, target := range map[string]string{"fd": "/proc/self/fd", "ptmx": "pts/ptmx"} {
		if err := os.Symlink(target, m.Path("dev/"+name)); err != nil {
			return err
		}
	}
	return nil
}

// Path is where we find a file of the machine.
func (m *Machine) Path(name string) string { return filepath.Join(m.folder, "root", name) }

// Show has the machine see a folder of ours at a folder of its own, which it cannot write to.
func (m *Machine) Show(folder, at string) error {
	err := unix.Mount(folder, m.Path(at), "", unix.MS_BIND, "")
	if err == nil {
		err = unix.Mount("", m.Path(at), "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
	}
	if err != nil {
		return fmt.Errorf("cannot show %s at %s: %w", folder, at, err)
	}
	return nil
}

// Command is a command of the machine, which its root gives. It finds no standard input.
func (m *Machine) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	command := append([]string{
		"/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8", name,
	}, args...)
	if m.init != nil {
		within := []string{"--target", strconv.Itoa(m.init.cmd.Process.Pid), "--all", "--"}
		return exec.CommandContext(ctx, "nsenter", append(within, command...)...)
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: m.Path("")}
	cmd.Dir = "/"
	return cmd
}

// bootScript becomes the systemd of a machine: $1 is the cgroup that it rules, $2 its file system. /run is empty, as
// when any machine starts, and the settings of the kernel, which are everyone's, can be read only.
const bootScript = `
echo 0 >"$1/cgroup.procs"
exec unshare --cgroup sh -ec '
	mount --make-rprivate /
	cd "$1"
	mount -t proc proc proc
	mount --bind proc/sys proc/sys
	mount -o remount,bind,ro proc/sys
	mount -t sysfs -o ro sysfs sys
	mount -t cgroup2 cgroup2 sys/fs/cgroup
	mount -t tmpfs -o mode=755 tmpfs run
	mkdir .host
	pivot_root . .host
	cd /
	umount --lazy .host
	rmdir .host
	exec env -i container=e2e PATH="$PATH" /lib/systemd/systemd --unit=basic.target
' become-systemd "$2"
`

// Boot starts the machine's systemd and returns when it has started what every machine has. Commands see its processes
// from then on.
func (m *Machine) Boot(ctx context.Context) error {
	if err := m.makeCgroup(); err != nil {
		return fmt.Errorf("cannot make a cgroup for a machine: %w", err)
	}
	cmd := exec.Command("/bin/sh", "-ec", bootScript, "boot", m.cgroup, m.Path(""))
	cmd.SysProcAttr = endWithParent()
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS
	init, err := startCommand("systemd", cmd)
	if err != nil {
		return err
	}
	m.init = init
	// Some unit that all machines have may fail in a namespace: then the state is called degraded.
	up := []string{"running", "degraded"}
	err = Until(ctx, "systemd to be up", func() (bool, string) {
		said, _ := m.Command(ctx, "systemctl", "is-system-running").CombinedOutput() // fails unless it is running
		state := strings.TrimSpace(string(said))
		return slices.Contains(up, state) || !m.init.alive(), state
	})
	if err == nil && !m.init.alive() {
		err = errors.New("systemd has ended")
	}
	if err != nil {
		return fmt.Errorf("%w\nlog of systemd:\n%s", err, m.init.Log())
	}
	return nil
}

// makeCgroup makes a cgroup below our own.
func (m *Machine) makeCgroup() error {
	all := filepath.Join(m.folder, "cgroup")
	if err := unix.Mount("cgroup2", all, "cgroup2", 0, ""); err != nil {
		return err
	}
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return err
	}
	_, own, found := strings.Cut("\n"+string(text), "\n0::")
	if !found {
		return fmt.Errorf("no line 0:: in /proc/self/cgroup: %q", text)
	}
	own, _, _ = strings.Cut(own, "\n")
	if m.cgroup, err = os.MkdirTemp(filepath.Join(all, own), "machine"); err != nil {
		return err
	}
	return os.Chmod(m.cgroup, 0o755) //nolint:gosec // programs of other users read their limits there
}

// Stop ends all that runs in the machine, and gives its memory back.
func (m *Machine) Stop() error {
	var errs []error
	if m.init != nil {
		errs = append(errs, m.init.Kill()) // the kernel kills all others with it
	}
	if m.cgroup != "" {
		errs = append(errs, Until(context.Background(), "the cgroups of a machine to go", func() (bool, string) {
			err := removeFolders(m.cgroup)
			return err == nil, fmt.Sprint(err)
		}))
	}
	if err := unix.Unmount(m.folder, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) { // not mounted
		errs = append(errs, fmt.Errorf("cannot take %s off: %w", m.folder, err))
	}
	return errors.Join(append(errs, os.Remove(m.folder))...)
}

// removeFolders removes a folder of cgroups, whose files go with it.
func removeFolders(folder string) error {
	var folders []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			folders = append(folders, path)
		}
		return err
	})
	for _, inner := range slices.Backward(folders) {
		err = errors.Join(err, os.Remove(inner))
	}
	return err
}
