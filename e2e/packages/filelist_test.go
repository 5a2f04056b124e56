package packages

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// files are all files of the machine, each with its mode and its owner. Those in which a package manager keeps its own
// accounts are left out, and what the kernel shows.
func (m machine) files(t *testing.T) (lines []string) {
	t.Helper()
	leftOut := []string{
		"dev/", "proc/", "sys/", strings.TrimPrefix(distInside, "/") + "/",
		"var/lib/dpkg/", "var/log/dpkg.log", "root/.rpmdb/",
	}
	root := m.Path("")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		for _, out := range leftOut {
			if out == name+"/" {
				return fs.SkipDir
			}
			if out == name {
				return nil
			}
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		owner, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return fmt.Errorf("%s has no owner", path)
		}
		lines = append(lines, fmt.Sprintf("%s %d:%d /%s", info.Mode(), owner.Uid, owner.Gid, name))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// checkFiles compares the files of the machine with those that it had before.
func (m machine) checkFiles(t *testing.T, when string, before []string) {
	t.Helper()
	if diff := cmp.Diff(before, m.files(t)); diff != "" {
		t.Errorf("%s the machine has other files than before:\n%s", when, diff)
	}
}

// checkInstalled checks that the files of a package are there, with the owners and the modes that the list of its
// format says.
func (m machine) checkInstalled(ctx context.Context, t *testing.T, format string) {
	t.Helper()
	user := strings.TrimSpace(m.run(ctx, t, "id", "--user", "otelcol-river"))
	group := strings.TrimSpace(m.run(ctx, t, "id", "--group", "otelcol-river"))
	numbers := strings.NewReplacer("root:root", "0:0", "otelcol-river:otelcol-river", user+":"+group)
	here := m.files(t)
	for _, line := range listed(t, format) {
		if strings.Contains(line, " DEBIAN") {
			continue // what dpkg keeps for itself
		}
		if !slices.Contains(here, numbers.Replace(strings.TrimSuffix(line, " config"))) {
			t.Errorf("it is not installed as listed: %s", line)
		}
	}
}
