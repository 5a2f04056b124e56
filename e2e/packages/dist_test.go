package packages

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

func root(t *testing.T) string {
	t.Helper()
	folder, err := harness.Root()
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// dist is the folder with what `make packages` built, or the one that the variable OTELCOL_RIVER_DIST names.
func dist(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("OTELCOL_RIVER_DIST")
	if folder == "" {
		folder = filepath.Join(root(t), "dist")
	}
	if _, err := os.Stat(filepath.Join(folder, "checksums.txt")); err != nil {
		t.Fatalf("%v; make packages builds it", err)
	}
	return folder
}

// archive is the archive for this machine that lies in a folder.
func archive(t *testing.T, folder string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, "otelcol-river_*_"+runtime.GOOS+"_"+runtime.GOARCH+".tar.gz"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s has %d archives for this machine, want one: %v", folder, len(found), err)
	}
	return found[0]
}

// cosign is the program that checks signatures.
func cosign(t *testing.T) string {
	t.Helper()
	program := filepath.Join(root(t), "bin", "tools", "cosign")
	if _, err := os.Stat(program); err != nil {
		t.Fatalf("%v; make release-tools builds it", err)
	}
	return program
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	source, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	target, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(target, source)
	if closed := target.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.Fatal(err)
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(file, text)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.Fatal(err)
	}
}

// installBlock matches a block of commands of docs/install.md that are for a release.
var installBlock = regexp.MustCompile("(?s)```shell\n(.*?)```")

// shownCommands are all commands of docs/install.md that are for a release.
func shownCommands(t *testing.T) (blocks []string) {
	t.Helper()
	page := readFile(t, filepath.Join(root(t), "docs", "install.md"))
	for _, block := range installBlock.FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, block[1])
	}
	return blocks
}

// documentedVerification are the commands with which docs/install.md has files checked that are already there.
func documentedVerification(t *testing.T) string {
	t.Helper()
	for _, block := range shownCommands(t) {
		if strings.Contains(block, "cosign verify-blob") {
			return "VERSION=" + release(t).Version + "\n" + regexp.MustCompile(`(?m)^curl .*$`).ReplaceAllString(block, "")
		}
	}
	t.Fatal("docs/install.md does not show cosign verify-blob")
	return ""
}

// runShell runs commands that have to succeed in a folder.
func runShell(t *testing.T, folder, commands string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-ec", commands)
	cmd.Dir = folder
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", commands, err)
	}
	return string(out)
}
