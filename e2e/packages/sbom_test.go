package packages

import (
	"debug/buildinfo"
	"path/filepath"
	"strings"
	"testing"
)

// TestContentsListed: the documented command lists each module that is in the two programs, at its version.
func TestContentsListed(t *testing.T) {
	packed := archive(t, dist(t))
	folder := t.TempDir()
	document := filepath.Base(packed) + ".spdx.json"
	copyFile(t, filepath.Join(dist(t), document), filepath.Join(folder, document))
	listed := map[string]bool{}
	for line := range strings.Lines(runShell(t, folder, documentedListing(t))) {
		listed[strings.TrimSpace(line)] = true
	}
	runIn(t, folder, "tar", "xf", packed)
	for _, program := range []string{"otelcol-river", "riverconv"} {
		info, err := buildinfo.ReadFile(filepath.Join(folder, program))
		if err != nil {
			t.Fatal(err)
		}
		if len(info.Deps) < 3 {
			t.Fatalf("%s names only %d modules", program, len(info.Deps))
		}
		for _, module := range info.Deps {
			if module.Replace != nil {
				module = module.Replace
			}
			if !listed[module.Path+" "+module.Version] {
				t.Errorf("%s %s of %s is not in %s", module.Path, module.Version, program, document)
			}
		}
	}
}

// documentedListing is the command with which docs/install.md lists modules, for the file in this folder.
func documentedListing(t *testing.T) string {
	t.Helper()
	for _, block := range shownCommands(t) {
		for line := range strings.Lines(block) {
			if strings.HasPrefix(line, "jq ") {
				return "VERSION=" + release(t).Version + "\n" + line
			}
		}
	}
	t.Fatal("docs/install.md shows no jq")
	return ""
}
