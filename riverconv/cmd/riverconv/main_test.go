package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"riverconv": main})
}

// TestReadmeTable: the README's table of components is what the command prints.
func TestReadmeTable(t *testing.T) {
	table, _, err := tableOf(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := writeMarkdown(&out, table); err != nil {
		t.Fatal(err)
	}
	partUpToDate(t, "../../../README.md", "<!-- components -->\n", out.String(), "<!-- end of components -->\n")
}

// partUpToDate is upToDate for what stands between two lines of a file.
func partUpToDate(t *testing.T, file, begin, want, end string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), begin)
	_, after, ok := strings.Cut(rest, end)
	if !ok {
		t.Fatalf("%s lacks %q or %q", file, begin, end)
	}
	upToDate(t, file, before+begin+want+end+after)
}

// upToDate compares a file with what it should hold, or writes that when the expected results are renewed.
func upToDate(t *testing.T, file, want string) {
	t.Helper()
	if os.Getenv("UPDATE_SCRIPTS") != "" {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(text), want); diff != "" {
		t.Errorf("%s is stale (-file +want); run make update:\n%s", file, diff)
	}
}

// TestCommand runs the scripts of testdata/cli. In them riverconv is the command itself, and $COLLECTOR the built
// collector.
func TestCommand(t *testing.T) {
	collector, err := filepath.Abs("../../../bin/otelcol-river")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath(collector); err != nil {
		t.Fatalf("the scripts need the collector: run make build (%v)", err)
	}
	update := os.Getenv("UPDATE_SCRIPTS") != ""
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/cli",
		UpdateScripts:       update,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("COLLECTOR", collector)
			return nil
		},
	})
}
