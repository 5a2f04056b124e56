package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestMain fails a run whose tests pass but leave a process or a listener behind. Started as a backend, it is one.
func TestMain(m *testing.M) {
	if served, err := harness.ServeAsBackend(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	} else if served {
		os.Exit(0)
	}
	code := m.Run()
	left, err := leftovers()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot tell what the tests have left behind:", err)
		code = 1
	}
	for _, what := range left {
		fmt.Fprintln(os.Stderr, "the tests have left behind", what)
		code = 1
	}
	os.Exit(code)
}

// leftovers lists our child processes and our open listeners, as the kernel sees them.
func leftovers() ([]string, error) {
	left, err := children()
	if err != nil {
		return nil, err
	}
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		open, err := listeners(table)
		if err != nil {
			return nil, err
		}
		left = append(left, open...)
	}
	return left, nil
}

func children() ([]string, error) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it ended since Glob saw it
		}
		// "pid (name) state parent ...", where the name may hold anything
		line := string(text)
		fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
		if len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) {
			found = append(found, "process "+line[:strings.LastIndexByte(line, ')')+1])
		}
	}
	return found, nil
}

// listeners reads the listening sockets of a table of the kernel that one of our own file descriptors holds.
func listeners(table string) ([]string, error) {
	const (
		address, state, inode = 1, 3, 9
		listening             = "0A"
	)
	text, err := os.ReadFile(table)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // no IPv6
	}
	if err != nil {
		return nil, err
	}
	ours, err := sockets()
	if err != nil {
		return nil, err
	}
	var found []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) > inode && fields[state] == listening && ours[fields[inode]] {
			found = append(found, "a listener at "+fields[address])
		}
	}
	return found, nil
}

// sockets holds the inodes of the sockets among our file descriptors.
func sockets() (map[string]bool, error) {
	files, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		return nil, err
	}
	inodes := map[string]bool{}
	for _, file := range files {
		// The descriptor that Glob itself used is closed by now.
		target, _ := os.Readlink(file)
		if inode, found := strings.CutPrefix(target, "socket:["); found {
			inodes[strings.TrimSuffix(inode, "]")] = true
		}
	}
	return inodes, nil
}
