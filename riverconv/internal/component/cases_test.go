package component

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/golden"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/module"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// TestEveryArgumentHasACase: the golden cases named for a component set each of its arguments and blocks, in each
// dialect or in the one that has it.
func TestEveryArgumentHasACase(t *testing.T) {
	cases := golden.Cases(t, "../../testdata/convert")
	for _, c := range All() {
		t.Run(c.Name, func(t *testing.T) {
			name := strings.ReplaceAll(strings.TrimPrefix(c.Name, "otelcol."), ".", "_")
			used := map[string]bool{}
			found := false
			for _, each := range cases {
				if each.Name == name || strings.HasPrefix(each.Name, name+"_") {
					found = true
					collectUsed(t, each, c.Name, used)
				}
			}
			if !found {
				t.Fatalf("testdata/convert/%s.txtar is missing", name)
			}
			for _, name := range []dialect.Name{dialect.Flow, dialect.Alloy} {
				d, exists := c.Newest(name)
				for _, a := range arguments.Describe(c.newArguments(), d) {
					path := strings.Join(a.Path, " > ")
					if exists && !used[path] {
						t.Errorf("no case of %s uses %s", c.Name, path)
					}
				}
			}
		})
	}
}

// collectUsed notes the paths of all arguments and blocks that a case uses in blocks of one name.
func collectUsed(t *testing.T, c golden.Case, block string, used map[string]bool) {
	t.Helper()
	var files []*syntax.File
	for _, in := range c.Inputs {
		f, diags := syntax.Parse(in.Name, in.Data)
		if diags.HasErrors() {
			t.Fatalf("%s: %v", c.Name, diags)
		}
		files = append(files, f)
	}
	blocks, _ := module.Expand(files, module.Settings{
		Settings: eval.Settings{
			Dialect:   dialect.Newest(dialect.Alloy),
			LookupEnv: func(string) (string, bool) { return "", false },
		},
		Read: func(string) ([]module.File, error) { return nil, fs.ErrNotExist },
	})
	for _, b := range blocks {
		if b.Name == block {
			notePaths(b.Body, "", used)
		}
	}
}

func notePaths(body eval.Body, prefix string, used map[string]bool) {
	for _, a := range body.Attributes {
		used[prefix+a.Name] = true
	}
	for _, b := range body.Blocks {
		used[prefix+b.Name] = true
		notePaths(b.Body, prefix+b.Name+" > ", used)
	}
}
