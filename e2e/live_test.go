package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// liveFile is a configuration file that changes while a collector runs from it.
type liveFile string

// newLiveFile makes a live file that holds what the file at from holds.
func newLiveFile(t *testing.T, name, from string) liveFile {
	t.Helper()
	f := liveFile(filepath.Join(t.TempDir(), name))
	f.become(t, from)
	return f
}

// become gives the file the content of another one, in one step, so that a collector never reads a half.
func (f liveFile) become(t *testing.T, from string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	draft := string(f) + ".draft"
	if err := os.WriteFile(draft, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(draft, string(f)); err != nil {
		t.Fatal(err)
	}
}
