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

// output is a text that is to be put into a file.
type output struct {
	path   string
	text   []byte
	secret bool
}

// replaceFile puts text into a file, all of it or nothing: it writes a new file beside the old and renames it. An
// existing file keeps its permissions, but a file that comes to hold a secret is left to its owner alone.
func replaceFile(path string, text []byte, secret bool) error {
	return replaceFiles([]output{{path, text, secret}})
}

// replaceFiles does the same with several files. All new files are written before the first is renamed, so that a full
// disk or a folder without permission leaves all old files as they were.
func replaceFiles(outputs []output) (err error) {
	var drafts []draft
	defer func() {
		for _, d := range drafts {
			_ = os.Remove(d.name) // those that were renamed are gone
		}
	}()
	for _, out := range outputs {
		d, err := out.draft()
		if err != nil {
			return fmt.Errorf("cannot write %s: %w", out.path, withoutPath(err))
		}
		drafts = append(drafts, d)
	}
	for _, d := range drafts {
		if err := d.put(); err != nil {
			return fmt.Errorf("cannot write %s: %w", d.path, withoutPath(err))
		}
	}
	return nil
}

// draft is a new file that waits to take its place, or text for what is no regular file and cannot be replaced.
type draft struct {
	name, path string
	text       []byte
}

// draft writes the new file.
func (out output) draft() (draft, error) {
	path := out.path
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // replace what a link points to, not the link
	}
	mode := normalMode
	if out.secret {
		mode = secretMode
	}
	name := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+strconv.FormatUint(rand.Uint64(), 36))
	d := draft{name, path, out.text}
	switch info, err := os.Stat(path); {
	case err == nil && info.IsDir():
		return d, errors.New("it is a directory")
	case err == nil && !info.Mode().IsRegular():
		return draft{path: path, text: out.text}, nil // /dev/stdout, a pipe
	case err == nil:
		return d, d.write(mode&info.Mode().Perm(), true)
	case errors.Is(err, fs.ErrNotExist):
		return d, d.write(mode, false)
	default:
		return d, err
	}
}

// write writes the draft. With exact, the umask does not count.
func (d draft) write(mode fs.FileMode, exact bool) (err error) {
	f, err := os.OpenFile(d.name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(d.name) // the first error is the one that counts
		}
	}()
	_, err = f.Write(d.text)
	if err == nil && exact {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// put lets the draft take its place.
func (d draft) put() error {
	if d.name == "" {
		return writeThrough(d.path, d.text)
	}
	return os.Rename(d.name, d.path)
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
