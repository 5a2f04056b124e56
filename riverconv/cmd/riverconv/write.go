package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The permissions of a new file, and of one that holds a secret.
const (
	normalMode fs.FileMode = 0o644
	secretMode fs.FileMode = 0o600
)

// replaceFile puts text into a file, all of it or nothing: it writes a new file beside the old and renames it. An
// existing file keeps its permissions, but a file that comes to hold a secret is left to its owner alone.
func replaceFile(path string, text []byte, secret bool) (err error) {
	if target, linkErr := filepath.EvalSymlinks(path); linkErr == nil {
		path = target // replace what a link points to, not the link
	}
	mode := normalMode
	switch info, statErr := os.Stat(path); {
	case statErr == nil && !info.Mode().IsRegular():
		return writeThrough(path, text) // /dev/stdout, a pipe
	case statErr == nil:
		mode = info.Mode().Perm()
	case !errors.Is(statErr, fs.ErrNotExist):
		return statErr
	}
	if secret {
		mode &= secretMode
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("cannot write %s: %w", path, err), f.Close(), os.Remove(f.Name()))
		}
	}()
	if _, err = f.Write(text); err != nil {
		return err
	}
	if err = f.Chmod(mode); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return f.Close()
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
