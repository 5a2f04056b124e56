package harness

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The collectors, by their names in bin/: ours, and one of the same components without anything of ours.
const (
	River = "otelcol-river"
	Plain = "otelcol-plain"
)

const converter = "riverconv"

// Root is the repository root: the nearest folder at or above the working folder that holds go.mod.
func Root() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("cannot find the repository root: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		_, err := os.Stat(filepath.Join(dir, "go.mod"))
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("cannot find the repository root: %w", err)
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod at or above %q: run this inside the repository", start)
		}
	}
}

// targets are the make targets that build each binary.
var targets = map[string]string{River: "build", converter: "build", Plain: "build-plain", apiServer: "build-apiserver",
	kustomize: "build-kustomize"}

// Binary is the path of a built binary, or an error that says how to build it.
func Binary(name string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, "bin", name)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("bin/%s is missing: run make %s", name, targets[name])
	}
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return "", fmt.Errorf("bin/%s is not an executable file: run make %s", name, targets[name])
	}
	return path, nil
}
