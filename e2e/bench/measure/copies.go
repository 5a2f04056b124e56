package measure

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// copies are copies of the binaries, all made in the same way just before they are run. How much of a file a process
// has in its memory depends on the pieces in which the kernel holds it, and these on how it was written: the same
// collector, idle, held 49 MB of its binary after the linker had written it, and 44 MB of a copy.
type copies struct {
	folder string
	paths  map[string]string
}

func newCopies() (*copies, error) {
	folder, err := os.MkdirTemp("", "otelcol-river-bench-")
	if err != nil {
		return nil, err
	}
	return &copies{folder, map[string]string{}}, nil
}

// of is the path of the copy of a binary in bin.
func (c *copies) of(name string) (string, error) {
	if path, there := c.paths[name]; there {
		return path, nil
	}
	binary, err := harness.Binary(name)
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.folder, name)
	if err := copyProgram(path, binary); err != nil {
		return "", err
	}
	c.paths[name] = path
	return path, nil
}

func copyProgram(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	// A process that was forked while the copy is open for writing has it open, too, until it runs its own program, and
	// Linux runs no file that somebody may write to.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700) //nolint:gosec // a program
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}

func (c *copies) remove() error { return os.RemoveAll(c.folder) }
