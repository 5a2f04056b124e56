package main

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// The permissions of a new file, from which the umask takes away, and of one that holds a secret.
const (
	normalMode fs.FileMode = 0o666
	secretMode fs.FileMode = 0o600
)

// replaceFile puts text into a file, all of it or nothing: it writes a new file beside the old and renames it. An
// existing file keeps its permissions, but a file that comes to hold a secret is left to its owner alone.
func replaceFile(path string, text []byte, secret bool) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // replace what a link points to, not the link
	}
	mode := normalMode
	if secret {
		mode = secretMode
	}
	switch info, err := os.Stat(path); {
	case err == nil && !info.Mode().IsRegular():
		return writeThrough(path, text) // /dev/stdout, a pipe
	case err == nil:
		mode &= info.Mode().Perm()
		return writeBeside(path, text, mode, true)
	case errors.Is(err, fs.ErrNotExist):
		return writeBeside(path, text, mode, false)
	default:
		return err
	}
}

// writeBeside writes a new file in the folder of path and renames it to path. With exact, the umask does not count.
func writeBeside(path string, text []byte, mode fs.FileMode, exact bool) (err error) {
	draft := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+strconv.FormatUint(rand.Uint64(), 36))
	defer func() {
		if err != nil {
			err = fmt.Errorf("cannot write %s: %w", path, withoutPath(err))
		}
	}()
	f, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(draft) // the first error is the one that counts
		}
	}()
	_, err = f.Write(text)
	if err == nil && exact {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(draft, path)
}

// withoutPath leaves the name of the draft, which means nothing to the user, out of an error.
func withoutPath(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// writeThrough writes to what is no regular file and cannot be replaced.
func writeThrough(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}
