package component

import (
	"testing"

	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
)

// TestTags: the tags of all argument structs can be read, which the program does only when it needs them.
func TestTags(t *testing.T) {
	structs := map[string]any{loggingBlock: new(loggingService), tracingBlock: new(tracingService)}
	for _, c := range All() {
		structs[c.Name] = c.NewArguments()
	}
	for target, components := range alternatives {
		for name, c := range components {
			structs[name+" for "+string(target)] = c.NewArguments()
		}
	}
	for name, args := range structs {
		if err := arguments.Check(args); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
