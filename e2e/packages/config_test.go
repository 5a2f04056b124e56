package packages

import (
	"fmt"
	"strings"
	"testing"
)

// The files that an administrator edits.
const (
	configFile  = "/etc/otelcol-river/config.river"
	optionsFile = "/etc/otelcol-river/otelcol-river.env"
)

// withOwnBackends edits the installed configuration as its comments say: other backends, and without its own.
func withOwnBackends(t *testing.T, config string, tr *tier) string {
	t.Helper()
	const ofItsOwn = `["127.0.0.1:14317", "127.0.0.1:24317"]`
	if n := strings.Count(config, ofItsOwn); n != 2 {
		t.Fatalf("the configuration names its backends %d times, not twice:\n%s", n, config)
	}
	config, _, found := strings.Cut(config, "// Two backends to try it with")
	if !found {
		t.Fatalf("the configuration does not say where its backends begin:\n%s", config)
	}
	own := fmt.Sprintf("[%q, %q]", tr.backends[0].Addr(), tr.backends[1].Addr())
	return strings.ReplaceAll(config, ofItsOwn, own)
}

// replaced is a text with one thing in it replaced by another; it has to be there, once.
func replaced(t *testing.T, text, old, by string) string {
	t.Helper()
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("%q is there %d times, not once:\n%s", old, n, text)
	}
	return strings.Replace(text, old, by, 1)
}

// checkFile checks what a file of the machine holds.
func (m machine) checkFile(t *testing.T, when, path, want string) {
	t.Helper()
	if !m.has(t, path) {
		t.Errorf("%s there is no %s", when, path)
		return
	}
	if got := m.read(t, path); got != want {
		t.Errorf("%s %s holds:\n%s\nnot:\n%s", when, path, got, want)
	}
}

// checkGone checks that the machine does not have files.
func (m machine) checkGone(t *testing.T, when string, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if m.has(t, path) {
			t.Errorf("%s there is still %s", when, path)
		}
	}
}
