package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"riverconv": main})
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
