package e2e

import (
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestPackagedCompletions: the scripts in packaging are those that the collector prints.
func TestPackagedCompletions(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		packaged := "packaging/completions/otelcol-river." + shell
		if diff := cmp.Diff(read(t, packaged), printed(t, "completion", shell)); diff != "" {
			t.Errorf("%s is stale (-file +want); run make update:\n%s", packaged, diff)
		}
	}
}

// printed is what the collector prints when it is run with these arguments.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	collector, err := harness.Binary(harness.River)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(collector, args...).Output()
	if err != nil {
		t.Fatalf("otelcol-river %v: %v", args, err)
	}
	return string(out)
}
