package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestCasesAreAccepted has the built collector validate the expected YAML of every golden case of the converter. A case
// that sets what the collector does not take together says so in its title part: "rejected: " and words of the
// complaint.
func TestCasesAreAccepted(t *testing.T) {
	paths, err := filepath.Glob(inRepository(t, "riverconv/testdata/convert") + "/*.txtar")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d cases: %v", len(paths), err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range archive.Files {
			if file.Name != "out.yaml" || needsOtherDistribution(archive) {
				continue
			}
			t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
				t.Parallel()
				config := filepath.Join(t.TempDir(), "config.yaml")
				if err := os.WriteFile(config, file.Data, 0o600); err != nil {
					t.Fatal(err)
				}
				validated(t, "file:"+config, options(archive, "env"), options(archive, "rejected"))
			})
		}
	}
}

// needsOtherDistribution reports whether a case holds components that our collector lacks. The tests in e2e/factories
// check these.
func needsOtherDistribution(archive *txtar.Archive) bool {
	return slices.ContainsFunc(archive.Files, func(f txtar.File) bool {
		return f.Name == "diags" && strings.Contains(string(f.Data), "[other-distribution]")
	})
}

// TestConfigsAreAccepted has the built collector validate each ready-made configuration, as River and as YAML.
func TestConfigsAreAccepted(t *testing.T) {
	rivers, err := filepath.Glob(inRepository(t, "configs") + "/*.river")
	if err != nil || len(rivers) == 0 {
		t.Fatalf("no River files: %v", err)
	}
	for _, river := range rivers {
		t.Run(filepath.Base(river), func(t *testing.T) {
			t.Parallel()
			validated(t, "river:"+river, nil, nil)
			validated(t, "file:"+strings.TrimSuffix(river, ".river")+".yaml", nil, nil)
		})
	}
}

// validated runs the collector's validate command and expects it to accept the configuration, or to complain of it in
// certain words.
func validated(t *testing.T, uri string, env, complaints []string) {
	t.Helper()
	binary, err := harness.Binary(harness.River)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(beforeTimeout(t), binary, "validate", "--config="+uri)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if (err != nil) != (len(complaints) > 0) {
		t.Errorf("validate %s: %v, expected complaints: %q\n%s", uri, err, complaints, out)
	}
	for _, words := range complaints {
		if !strings.Contains(string(out), words) {
			t.Errorf("validate %s does not say %q:\n%s", uri, words, out)
		}
	}
}

// options returns the values of an option in the title part of a case.
func options(archive *txtar.Archive, name string) (values []string) {
	for line := range strings.Lines(string(archive.Comment)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+": "); ok {
			values = append(values, value)
		}
	}
	return values
}
