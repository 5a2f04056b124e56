// Package golden runs conversion cases, one text archive each, in tests. An archive holds the input (in.river or
// in.alloy, or several in*.river), and what comes of it: out.yaml, diags or both. Other files are modules that the
// input names. Lines of its title part such as "dialect: flow@0.40", "profile: resilient", "target: balancer" and
// "env: NAME=VALUE" set options; the rest is for readers. Cases of manifests are alike, with inputs and outputs in
// pairs: in_b.yaml and out_b.yaml.
package golden

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the expected results")

// Case is one archive.
type Case struct {
	Name    string
	Inputs  []txtar.File
	Modules []txtar.File
	Dialect string
	Env     map[string]string
	// Options holds what else the title part says in lines such as "image: NAME".
	Options map[string]string
}

// Output is what a case gives: the text of a file by its name. Empty texts are not written.
type Output struct{ Name, Text string }

// Run runs f on each archive of a folder, as a subtest, and compares its outputs with the archive's, or with -update
// rewrites the archive.
func Run(t *testing.T, folder string, f func(*testing.T, Case) []Output) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases in %s: %v", folder, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, c := read(t, path)
			outputs := f(t, c)
			want := txtar.Archive{Comment: archive.Comment, Files: slices.Concat(c.Inputs, c.Modules)}
			for _, out := range outputs {
				if out.Text != "" {
					want.Files = append(want.Files, txtar.File{Name: out.Name, Data: []byte(out.Text)})
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(&want), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(txtar.Format(archive)), string(txtar.Format(&want))); diff != "" {
				t.Errorf("%s differs (-want +got); run make update and read the diff:\n%s", path, diff)
			}
		})
	}
}

// Cases reads the archives of a folder.
func Cases(t *testing.T, folder string) (cases []Case) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases in %s: %v", folder, err)
	}
	for _, path := range paths {
		_, c := read(t, path)
		cases = append(cases, c)
	}
	return cases
}

// Texts returns the inputs of all archives of a folder, as seeds for a fuzzer.
func Texts(folder string) (texts [][]byte) {
	paths, _ := filepath.Glob(filepath.Join(folder, "*.txtar"))
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			continue
		}
		for _, f := range archive.Files {
			if strings.HasPrefix(f.Name, "in") {
				texts = append(texts, f.Data)
			}
		}
	}
	return texts
}

func read(t *testing.T, path string) (*txtar.Archive, Case) {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c := Case{Name: strings.TrimSuffix(filepath.Base(path), ".txtar"), Env: map[string]string{},
		Options: map[string]string{}}
	for line := range bytes.Lines(archive.Comment) {
		key, value, ok := strings.Cut(strings.TrimSpace(string(line)), ": ")
		if !ok {
			continue
		}
		switch key {
		case "dialect":
			c.Dialect = value
		case "env":
			name, text, _ := strings.Cut(value, "=")
			c.Env[name] = text
		default:
			c.Options[key] = value
		}
	}
	for _, f := range archive.Files {
		switch {
		case strings.HasPrefix(f.Name, "in"):
			c.Inputs = append(c.Inputs, f)
		case !isOutput(f.Name):
			c.Modules = append(c.Modules, f)
		}
	}
	if len(c.Inputs) == 0 {
		t.Fatalf("%s: no file whose name starts with \"in\"", path)
	}
	return archive, c
}

// isOutput reports whether a file of an archive is what comes of the input.
func isOutput(name string) bool {
	return name == "diags" || strings.HasPrefix(name, "out") && filepath.Ext(name) == ".yaml"
}
