package e2e

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
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

// TestManifestsAreAccepted has the built collector validate each configuration in the ConfigMaps of converted
// manifests.
func TestManifestsAreAccepted(t *testing.T) {
	paths, err := filepath.Glob(inRepository(t, "riverconv/testdata/manifests") + "/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range archive.Files {
			if !strings.HasPrefix(file.Name, "out") {
				continue
			}
			for key, text := range configMaps(t, file.Data) {
				t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar")+"/"+key, func(t *testing.T) {
					t.Parallel()
					config := filepath.Join(t.TempDir(), "config.yaml")
					if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
					validated(t, "file:"+config, nil, nil)
				})
			}
		}
	}
}

// configMaps returns the collector configurations in the ConfigMaps of manifests, by their keys.
func configMaps(t *testing.T, manifests []byte) map[string]string {
	t.Helper()
	found := map[string]string{}
	dec := yaml.NewDecoder(bytes.NewReader(manifests))
	for {
		var object struct {
			Kind string
			Data map[string]string
		}
		err := dec.Decode(&object)
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		for key, text := range object.Data {
			if object.Kind == "ConfigMap" && filepath.Ext(key) == ".yaml" {
				found[key] = text
			}
		}
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
