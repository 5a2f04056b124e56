package riverconv_test

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/golden"
)

// convertCase converts a golden case.
func convertCase(c golden.Case) (riverconv.Result, diag.List, map[string][]byte) {
	files := map[string][]byte{}
	var sources []riverconv.Source
	for _, in := range c.Inputs {
		sources = append(sources, riverconv.Source{Name: in.Name, Text: in.Data})
		files[in.Name] = in.Data
	}
	for _, m := range c.Modules {
		files[m.Name] = m.Data
	}
	result, diags := riverconv.Convert(sources, riverconv.Options{
		Dialect:   c.Dialect,
		Profile:   c.Options["profile"],
		Target:    c.Options["target"],
		LookupEnv: func(name string) (string, bool) { v, ok := c.Env[name]; return v, ok },
		ReadModule: func(path, _ string) (found []riverconv.Source, err error) {
			for _, m := range c.Modules {
				if m.Name == path || filepath.Dir(m.Name) == path {
					found = append(found, riverconv.Source{Name: m.Name, Text: m.Data})
				}
			}
			if len(found) == 0 {
				return nil, fs.ErrNotExist
			}
			return found, nil
		},
	})
	return result, diags, files
}

// TestConvert: each case gives its expected YAML and its expected diagnostics, the same on every run, and the maps that
// the provider hands to the collector say the same as the YAML.
func TestConvert(t *testing.T) {
	golden.Run(t, "testdata/convert", func(t *testing.T, c golden.Case) []golden.Output {
		result, diags, files := convertCase(c)
		var text bytes.Buffer
		if err := diag.WriteText(&text, diags, files, false); err != nil {
			t.Fatal(err)
		}
		for _, d := range diags {
			if d.Detail == "" || d.Code == "" || d.Range.Start.Line == 0 {
				t.Errorf("a diagnostic lacks its place, its code or what to do: %+v", d)
			}
		}
		if diags.HasErrors() {
			return []golden.Output{{Name: "diags", Text: text.String()}}
		}
		out := yamlOf(t, result)
		again, _, _ := convertCase(c)
		if diff := cmp.Diff(out, yamlOf(t, again)); diff != "" {
			t.Errorf("a second run differs:\n%s", diff)
		}
		var parsed map[string]any
		if err := yaml.Unmarshal([]byte(out), &parsed); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(parsed, result.Map()); diff != "" {
			t.Errorf("YAML and map differ (-YAML +map):\n%s", diff)
		}
		return []golden.Output{{Name: "out.yaml", Text: out}, {Name: "diags", Text: text.String()}}
	})
}

func yamlOf(t *testing.T, result riverconv.Result) string {
	t.Helper()
	out, err := result.YAML()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestConfigs: each ready-made River file under configs has the twin that it converts to, some have another with the
// profile resilient, and each YAML file beside River is such a twin. The kustomize bases run River as it is.
func TestConfigs(t *testing.T) {
	const plain, resilient = ".yaml", "_resilient.yaml"
	twins := map[string]bool{}
	for _, folder := range []string{
		"../configs", "../configs/tail-sampling", "../configs/span-metrics", "../configs/service-graph", "../configs/mixed",
	} {
		rivers, err := filepath.Glob(folder + "/*.river")
		if err != nil || len(rivers) == 0 {
			t.Fatalf("no River files in %s: %v", folder, err)
		}
		files, err := filepath.Glob(folder + "/*.yaml")
		if err != nil {
			t.Fatal(err)
		}
		for _, river := range rivers {
			base := strings.TrimSuffix(river, ".river")
			twins[base+plain] = true
			checkTwin(t, river, base+plain, riverconv.Options{})
			if slices.Contains(files, base+resilient) {
				twins[base+resilient] = true
				checkTwin(t, river, base+resilient, riverconv.Options{Profile: "resilient"})
			}
		}
		for _, file := range files {
			if !twins[file] {
				t.Errorf("%s is no twin of a River file", file)
			}
		}
	}
}

// checkTwin compares a YAML file with what a River file converts to.
func checkTwin(t *testing.T, river, twin string, options riverconv.Options) {
	t.Helper()
	t.Run(twin, func(t *testing.T) {
		sources, diags := riverconv.Read(river, "")
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		result, diags := riverconv.Convert(sources, options)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		got := yamlOf(t, result)
		if flag.Lookup("update").Value.String() == "true" {
			if err := os.WriteFile(twin, []byte(got), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(twin)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s is stale (-file +converted); run make update:\n%s", twin, diff)
		}
	})
}

// TestEveryCodeHasACase: no diagnostic exists that no case shows.
func TestEveryCodeHasACase(t *testing.T) {
	// These are not made by Convert; tests of the command show them.
	shown := map[diag.Code]bool{diag.CollectorRejects: true}
	for _, c := range golden.Cases(t, "testdata/convert") {
		_, diags, _ := convertCase(c)
		for _, d := range diags {
			shown[d.Code] = true
		}
	}
	for _, code := range diag.Codes() {
		if !shown[code] {
			t.Errorf("no case shows the code %s", code)
		}
	}
}

// TestEveryCodeIsDocumented: the page on diagnostics has one line per code and no other, and each says of which kinds
// the cases show it.
func TestEveryCodeIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/diagnostics.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []diag.Code
	kinds := map[diag.Code]string{}
	rows := regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| ([^|]+) \\|")
	for _, row := range rows.FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, diag.Code(row[1]))
		kinds[diag.Code(row[1])] = row[2]
	}
	if diff := cmp.Diff(diag.Codes(), documented); diff != "" {
		t.Errorf("docs/diagnostics.md lists other codes (-known +documented):\n%s", diff)
	}
	for _, c := range golden.Cases(t, "testdata/convert") {
		_, diags, _ := convertCase(c)
		for _, d := range diags {
			if !strings.Contains(kinds[d.Code], d.Severity.String()) {
				t.Errorf("%s: %s is a %s here; docs/diagnostics.md says: %s", c.Name, d.Code, d.Severity, kinds[d.Code])
			}
		}
	}
}
