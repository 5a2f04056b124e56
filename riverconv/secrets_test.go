package riverconv_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
)

// TestSecretsAreNotShown: no diagnostic shows the text of an argument that a component has for secret, even where the
// text cannot be read any further.
func TestSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, c := range riverconv.Components() {
		for _, in := range []string{"flow", "alloy"} {
			all, err := riverconv.Arguments(c.Name, in)
			if err != nil {
				continue // it is not in both
			}
			for _, a := range all {
				if !strings.Contains(a.Type, "secret") {
					continue
				}
				seen++
				text, line := fragment(c.Name, a)
				at := diag.Range{File: "in.river", Start: diag.Point{Line: line, Column: 1}, End: diag.Point{Line: line, Column: 1}}
				var out bytes.Buffer
				list := diag.List{{Severity: diag.Error, Code: diag.Syntax, Range: at}}
				if err := diag.WriteText(&out, list, map[string][]byte{"in.river": []byte(text)}, false); err != nil {
					t.Fatal(err)
				}
				if strings.Contains(out.String(), "hunter2") || !strings.Contains(out.String(), "*******") {
					t.Errorf("%s, %s of %s:\n%s", in, strings.Join(a.Path, " > "), c.Name, &out)
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d arguments are secret", seen)
	}
}

// fragment writes a component up to an argument, without what comes behind, and says on which line that is.
func fragment(component string, a riverconv.ArgumentInfo) (text string, line int) {
	value := `"hunter2"`
	if strings.HasPrefix(a.Type, "map") {
		value = `{ name = "hunter2" }`
	}
	text = component + " \"default\" {\n"
	for _, block := range a.Path[:len(a.Path)-1] {
		text += block + " {\n"
	}
	return text + a.Path[len(a.Path)-1] + " = " + value + "\n", len(a.Path) + 1
}
