package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestConnectionsDocument: docs/connections.md has a line for each argument of the protocol block that the converter
// knows in Agent Flow, and no other, and the tests that it names exist.
func TestConnectionsDocument(t *testing.T) {
	text, err := os.ReadFile(inRepository(t, "docs/connections.md"))
	if err != nil {
		t.Fatal(err)
	}
	var described []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		described = append(described, row[1])
	}
	converter, err := harness.Binary("riverconv")
	if err != nil {
		t.Fatal(err)
	}
	table, err := exec.CommandContext(t.Context(), converter, "components", "otelcol.exporter.loadbalancing").Output()
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for line := range strings.Lines(string(table)) {
		if argument, found := strings.CutPrefix(line, "protocol > otlp > "); found {
			name, _, _ := strings.Cut(argument, "  ")
			known = append(known, name)
		}
	}
	slices.Sort(described)
	slices.Sort(known)
	if len(known) == 0 || !slices.Equal(described, known) {
		t.Errorf("described:\n%s\nknown:\n%s", strings.Join(described, "\n"), strings.Join(known, "\n"))
	}

	sources, err := filepath.Glob(inRepository(t, "e2e") + "/client_*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, source := range sources {
		code, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(code)
	}
	for _, name := range regexp.MustCompile(`TestClient\w+`).FindAllString(string(text), -1) {
		if !strings.Contains(all.String(), "func "+name+"(t *testing.T)") {
			t.Errorf("there is no %s", name)
		}
	}
}
