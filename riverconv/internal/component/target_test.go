package component

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
)

// TestTargetsReadTheSame: whatever a component becomes, River's side of it is one: the same arguments, with the same
// types and defaults, in old and new versions.
func TestTargetsReadTheSame(t *testing.T) {
	for target, components := range alternatives {
		for name, other := range components {
			c, ok := Find(name)
			if !ok {
				t.Fatalf("%s is no component", name)
			}
			for _, version := range []string{"flow@0.40", "flow", "alloy@1.0", "alloy@1.9", "alloy@1.17", "alloy"} {
				d, err := dialect.Parse(version)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(riversSide(c, d), riversSide(other, d)); diff != "" {
					t.Errorf("%s, for the target %s in %s (-upstream +%s):\n%s", name, target, version, target, diff)
				}
			}
		}
	}
}

// riversSide describes arguments and blocks by their paths, without what they become.
func riversSide(c *Component, d dialect.Dialect) map[string]arguments.Description {
	all := map[string]arguments.Description{}
	for _, a := range arguments.Describe(c.NewArguments(), d) {
		path := ""
		for _, name := range a.Path {
			path += " > " + name
		}
		all[path] = arguments.Description{Block: a.Block, Optional: a.Optional, Repeated: a.Repeated,
			Required: a.Required, Type: a.Type, Default: a.Default}
	}
	return all
}
