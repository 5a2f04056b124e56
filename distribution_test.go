// Package distribution holds the checks that the manifest, go.mod and the generated sources of the collector agree.
package distribution

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

const (
	manifestFile = "builder-config.yaml"
	generatedDir = "cmd/otelcol-river"
)

// written stand among the generated files, and are not generated.
var written = []string{"version.go", "gzip.go", "codec.go", "profile.go"}

// coreVersions are the two version numbers of one release of the collector: of its modules, and of its stable modules.
var coreVersions = regexp.MustCompile(`^(v0\.(\d+)\.0|v1\.(\d+)\.0)$`)

func readManifest(t *testing.T) (modules map[string]string) {
	t.Helper()
	text, err := os.ReadFile(manifestFile)
	if err != nil {
		t.Fatal(err)
	}
	var manifest map[string]yaml.Node
	if err := yaml.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	modules = map[string]string{}
	for section, node := range manifest {
		if section == "dist" {
			continue
		}
		var entries []struct{ Gomod, Path string }
		if err := node.Decode(&entries); err != nil {
			t.Fatalf("%s: %v", section, err)
		}
		for _, e := range entries {
			module, version, ok := strings.Cut(e.Gomod, " ")
			if !ok {
				t.Errorf("%s: %q has no version", section, e.Gomod)
			}
			if e.Path == "" {
				modules[module] = version
			}
		}
	}
	return modules
}

// TestManifestVersions: every component stands at the version of go.mod, and all at one version of the collector.
func TestManifestVersions(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	required := map[string]string{}
	for _, r := range mod.Require {
		required[r.Mod.Path] = r.Mod.Version
	}
	manifest := readManifest(t)
	if len(manifest) < 20 {
		t.Fatalf("the manifest names only %d modules", len(manifest))
	}
	for module, version := range manifest {
		if required[module] != version {
			t.Errorf("%s is %s in %s and %q in go.mod", module, version, manifestFile, required[module])
		}
	}
	beta, stable := map[string]bool{}, map[string]bool{}
	for path, version := range required {
		if !strings.HasPrefix(path, "go.opentelemetry.io/collector/") &&
			!strings.HasPrefix(path, "github.com/open-telemetry/opentelemetry-collector-contrib/") {
			continue
		}
		if !coreVersions.MatchString(version) {
			t.Errorf("%s: version %s is no release", path, version)
		}
		if strings.HasPrefix(version, "v0.") {
			beta[version] = true
		} else {
			stable[version] = true
		}
	}
	if len(beta) != 1 || len(stable) != 1 {
		t.Errorf("go.mod mixes releases of the collector: %v and %v", beta, stable)
	}
}

// TestManifestGenerated: the committed sources are what the builder makes of the manifest.
func TestManifestGenerated(t *testing.T) {
	fresh := t.TempDir()
	text, err := os.ReadFile(manifestFile)
	if err != nil {
		t.Fatal(err)
	}
	const setting = "output_path: ./" + generatedDir
	if !strings.Contains(string(text), setting) {
		t.Fatalf("%s does not say %q", manifestFile, setting)
	}
	// The builder resolves the path of a local module against the working directory, so the manifest may lie elsewhere.
	manifest := filepath.Join(fresh, manifestFile)
	changed := strings.Replace(string(text), setting, "output_path: "+fresh, 1)
	if err := os.WriteFile(manifest, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir()) // the builder leaves a folder there
	run(t, "go", "tool", "builder", "--config", manifest, "--skip-get-modules", "--skip-compilation")
	run(t, "gofmt", "-w", fresh)
	want := goFiles(t, fresh)
	got := goFiles(t, generatedDir)
	fixed := regexp.MustCompile(`(Version: +)".*",`)
	if !fixed.MatchString(want["main.go"]) {
		t.Error("main.go of the builder has no version to replace")
	}
	want["main.go"] = fixed.ReplaceAllString(want["main.go"], "${1}version,")
	for _, name := range written {
		if _, ok := got[name]; !ok {
			t.Errorf("%s/%s is missing", generatedDir, name)
		}
		delete(got, name)
	}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s/%s is stale: run make generate", generatedDir, name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s/%s is not generated from the manifest", generatedDir, name)
		}
	}
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

func goFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no Go files in %s: %v", dir, err)
	}
	files := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = string(text)
	}
	return files
}

// TestContainerLimit: the collector uses as many processors as its container may, which Go's runtime sees to for
// programs whose module says 1.25 or later, unless a setting forbids it.
func TestContainerLimit(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	module, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	if version := "v" + module.Go.Version; semver.Compare(version, "v1.25") < 0 {
		t.Errorf("go.mod says %s", version)
	}
	for _, setting := range module.Godebug {
		if setting.Key == "containermaxprocs" || setting.Key == "updatemaxprocs" {
			t.Errorf("go.mod sets %s to %s", setting.Key, setting.Value)
		}
	}
}

// TestSettings: whoever installs a package, runs the image or applies the Kubernetes bases gets the settings of Go's
// runtime that the benchmarks measure.
func TestSettings(t *testing.T) {
	for file, pattern := range map[string]string{
		"packaging/otelcol-river.env":                 `(?m)^GOGC="(\d+)"$`,
		"packaging/image/config.go":                   `const garbage = "(\d+)"`,
		"configs/kubernetes/tiers/load-balancer.yaml": `- name: GOGC\n +value: "(\d+)"`,
		"configs/kubernetes/tiers/sampling.yaml":      `- name: GOGC\n +value: "(\d+)"`,
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		const want = "120"
		if found := regexp.MustCompile(pattern).FindSubmatch(text); found == nil || string(found[1]) != want {
			t.Errorf("%s: GOGC is %q, want %s", file, found, want)
		}
	}
}
