package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// archive is what the release of inClone is written to.
const archive = "dist/otelcol-river_0.1.0_image.tar"

// commitTime is the date of the one commit of inClone, which git has in another time zone.
var commitTime = time.Date(2026, time.November, 20, 10, 0, 0, 0, time.UTC)

// inClone makes a clone in which GoReleaser has built for some architectures, with a few letters for binaries. It is
// the working folder until the test ends.
func inClone(t *testing.T, architectures ...string) string {
	t.Helper()
	clone := t.TempDir()
	t.Chdir(clone)
	write(t, "LICENSE", "licence\n")
	write(t, "NOTICE", "notice\n")
	write(t, "packaging/config.river", "// default\n")
	git(t, "init", "--quiet")
	git(t, "add", ".")
	git(t, "commit", "--quiet", "--message=all")

	var artifacts []map[string]any
	for _, architecture := range architectures {
		for _, program := range programs {
			path := "dist/" + program + "_linux_" + architecture + "/" + program
			write(t, path, program+" for "+architecture)
			artifacts = append(artifacts, built(program, "linux", architecture, "Binary", path))
		}
	}
	// What must not be taken for one of them.
	artifacts = append(artifacts,
		built("otelcol-river", "darwin", "arm64", "Binary", "dist/otelcol-river_darwin_arm64/otelcol-river"),
		built("otelcol-river", "linux", "riscv64", "Binary", "dist/otelcol-river_linux_riscv64/otelcol-river"),
		built("other", "linux", "amd64", "Binary", "dist/other_linux_amd64/other"),
		built("otelcol-river", "linux", "amd64", "Linux Package", "dist/otelcol-river_0.1.0_amd64.deb"))
	writeJSON(t, "dist/artifacts.json", artifacts)
	writeJSON(t, "dist/metadata.json", map[string]string{
		"version": "0.1.0", "commit": headCommit(t), "date": time.Now().Format(time.RFC3339),
	})
	return clone
}

// built is a line of artifacts.json.
func built(program, system, architecture, kind, path string) map[string]any {
	return map[string]any{
		"name": program, "path": path, "goos": system, "goarch": architecture, "type": kind,
		"extra": map[string]any{"Binary": program, "ID": program},
	}
}

// makeImage runs the command and returns what it said.
func makeImage(t *testing.T, args ...string) string {
	t.Helper()
	var said bytes.Buffer
	if err := run(t.Context(), args, &said); err != nil {
		t.Fatal(err)
	}
	return said.String()
}

func write(t *testing.T, path, body string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}

func writeJSON(t *testing.T, path string, value any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(text))
}

func headCommit(t *testing.T) string {
	t.Helper()
	return git(t, "rev-parse", "HEAD")
}

// git runs git as somebody else, with no settings of this machine.
func git(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	const date = "2026-11-20T11:00:00+01:00"
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null",
		"GIT_AUTHOR_NAME=author", "GIT_AUTHOR_EMAIL=author@example.com", "GIT_AUTHOR_DATE="+date,
		"GIT_COMMITTER_NAME=author", "GIT_COMMITTER_EMAIL=author@example.com", "GIT_COMMITTER_DATE="+date)
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, said)
	}
	return strings.TrimSpace(string(said))
}
