package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// build is how to get what is missing.
const build = "run make packages, which has GoReleaser build it"

// The two programs of the image, by the names of their binaries.
const (
	collector = "otelcol-river"
	converter = "riverconv"
)

var programs = []string{collector, converter}

// architectures are those that an image can be made for, all of Linux, in the order of the index.
var architectures = []string{"amd64", "arm64"}

// release is what GoReleaser has built.
type release struct {
	version  string // without a "v" in front
	commit   string
	date     time.Time // of the commit, UTC
	binaries []binaries
}

// binaries are the two programs for one architecture.
type binaries struct {
	architecture string
	paths        map[string]string // by program
}

// readRelease reads the two files in which GoReleaser says what it has built.
func readRelease(ctx context.Context, dist string) (r release, err error) {
	var metadata struct{ Version, Commit string }
	if err := readJSON(filepath.Join(dist, "metadata.json"), &metadata); err != nil {
		return r, err
	}
	var artifacts []artifact
	if err := readJSON(filepath.Join(dist, "artifacts.json"), &artifacts); err != nil {
		return r, err
	}
	r.version, r.commit = metadata.Version, metadata.Commit
	if r.binaries, err = choose(dist, artifacts); err != nil {
		return r, err
	}
	r.date, err = commitDate(ctx, metadata.Commit)
	return r, err
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing: %s", path, build)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("cannot read %s: %w: %s", path, err, build)
	}
	return nil
}

// artifact is one line of artifacts.json, as far as it matters here.
type artifact struct {
	Path, Goos, Goarch, Type string
	Extra                    struct{ Binary string }
}

// choose finds the programs of each architecture. GoReleaser may have built for one alone, but not half of it.
func choose(dist string, artifacts []artifact) (chosen []binaries, err error) {
	for _, architecture := range architectures {
		paths, err := chooseFor(architecture, artifacts)
		if err != nil {
			return nil, err
		}
		if len(paths) == 0 {
			continue
		}
		for _, program := range programs {
			if paths[program] == "" {
				return nil, fmt.Errorf("%s has no %s for linux/%s: %s", dist, program, architecture, build)
			}
			paths[program] = inDist(dist, paths[program])
		}
		chosen = append(chosen, binaries{architecture, paths})
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("%s has no binaries for linux/%s: %s", dist, strings.Join(architectures, " or linux/"), build)
	}
	return chosen, nil
}

// chooseFor finds the programs of one architecture of Linux.
func chooseFor(architecture string, artifacts []artifact) (paths map[string]string, err error) {
	paths = map[string]string{}
	for _, a := range artifacts {
		program := a.Extra.Binary
		if a.Type != "Binary" || a.Goos != "linux" || a.Goarch != architecture || !slices.Contains(programs, program) {
			continue
		}
		if other, twice := paths[program]; twice {
			return nil, fmt.Errorf("%s for linux/%s is there twice, %s and %s: have GoReleaser build one of them",
				program, architecture, other, a.Path)
		}
		paths[program] = a.Path
	}
	return paths, nil
}

// inDist is a path of artifacts.json as we see it: GoReleaser writes what it saw from the folder in which dist lies.
func inDist(dist, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(dist), path)
}

// commitDate asks git, because the date in metadata.json is when GoReleaser ran.
func commitDate(ctx context.Context, commit string) (time.Time, error) {
	said, err := exec.CommandContext(ctx, "git", "show", "--no-patch", "--format=%ct", "--end-of-options", commit).Output()
	if err != nil {
		return time.Time{}, fmt.Errorf("git does not know commit %q, which metadata.json says was built: "+
			"start this in the clone that it was built in: %w", commit, err)
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(said)), 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("git says that commit %q is of %q: %w", commit, said, err)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
