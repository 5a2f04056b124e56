package packages

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// artifact is something that GoReleaser has made, as its list describes it.
type artifact struct {
	Name   string
	OS     string `json:"goos"`
	Arch   string `json:"goarch"`
	Extra  struct{ Format string }
	folder string
}

func (a artifact) path() string { return filepath.Join(a.folder, a.Name) }

// inside is where a machine sees the artifact.
func (a artifact) inside() string { return filepath.Join(distInside, a.Name) }

// here tells whether the artifact is for machines like this one.
func (a artifact) here() bool { return a.OS == runtime.GOOS && a.Arch == runtime.GOARCH }

// artifacts are all of one format.
func artifacts(t *testing.T, format string) (found []artifact) {
	t.Helper()
	var all []artifact
	readJSON(t, "artifacts.json", &all)
	for _, a := range all {
		if a.Extra.Format == format {
			a.folder = dist(t)
			found = append(found, a)
		}
	}
	return found
}

// ours is the artifact of a format for this machine.
func ours(t *testing.T, format string) artifact {
	t.Helper()
	for _, a := range artifacts(t, format) {
		if a.here() {
			return a
		}
	}
	t.Fatalf("no %s for %s/%s in %s: run make packages", format, runtime.GOOS, runtime.GOARCH, dist(t))
	return artifact{}
}

// commit is the commit of which GoReleaser says that everything was built.
func commit(t *testing.T) string {
	t.Helper()
	var metadata struct{ Commit string }
	readJSON(t, "metadata.json", &metadata)
	if metadata.Commit == "" {
		t.Fatal("metadata.json names no commit")
	}
	return metadata.Commit
}

func readJSON(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dist(t), name))
	if err != nil {
		t.Fatalf("%v: run make packages", err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("cannot read %s: %v", name, err)
	}
}
