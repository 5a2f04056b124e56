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

// metadata is what GoReleaser says of all that it has built.
type metadata struct{ Version, Commit string }

func release(t *testing.T) (m metadata) {
	t.Helper()
	readJSON(t, "metadata.json", &m)
	if m.Version == "" || m.Commit == "" {
		t.Fatalf("metadata.json names no version or no commit: %+v", m)
	}
	return m
}

// imageName is what the image is called in a registry, as its archive says.
func imageName(t *testing.T) string {
	t.Helper()
	var index struct {
		Manifests []struct{ Annotations map[string]string }
	}
	readJSON(t, "image/index.json", &index)
	if len(index.Manifests) != 1 {
		t.Fatalf("image/index.json holds %d images, want one index", len(index.Manifests))
	}
	return index.Manifests[0].Annotations["io.containerd.image.name"]
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
