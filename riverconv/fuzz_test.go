package riverconv_test

import (
	"io"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/golden"
)

// FuzzConvert: no input panics; each gives a result or an error that says where; the YAML of a result says the same as
// its maps, and a second run gives the same.
func FuzzConvert(f *testing.F) {
	for _, text := range []string{"", "{", "a = ", `a "b" {`, "\"", "/*", "a = -9223372036854775808 / -1", "a = 1 % 0",
		`import.file "a" { filename = "self" }`, `module.file "a" { filename = "self" }`,
	} {
		f.Add([]byte(text))
	}
	for _, text := range golden.Texts("testdata/convert") {
		f.Add(text)
	}
	none := func(string) (string, bool) { return "", false }
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, variant := range []struct{ dialect, profile, target string }{
			{"flow", "", ""}, {"alloy", "", ""}, {"alloy", "resilient", ""}, {"flow", "", "balancer"},
			{"alloy", "resilient", "balancer"},
		} {
			d := variant.dialect
			sources := []riverconv.Source{{Name: "in." + d, Text: text}}
			read := func(path, _ string) ([]riverconv.Source, error) {
				if path != "self" {
					return nil, fs.ErrNotExist
				}
				return sources, nil
			}
			opts := riverconv.Options{Dialect: d, Profile: variant.profile, Target: variant.target, LookupEnv: none,
				ReadModule: read}
			result, diags := riverconv.Convert(sources, opts)
			if err := diag.WriteText(io.Discard, diags, map[string][]byte{sources[0].Name: text}, false); err != nil {
				t.Error(err)
			}
			if !diags.HasErrors() {
				out := yamlOf(t, result)
				again, _ := riverconv.Convert(sources, opts)
				if diff := cmp.Diff(out, yamlOf(t, again)); diff != "" {
					t.Errorf("a second run differs:\n%s", diff)
				}
				var parsed map[string]any
				if err := yaml.Unmarshal([]byte(out), &parsed); err != nil {
					t.Errorf("the result is no YAML: %v", err)
				}
				if diff := cmp.Diff(parsed, result.Map()); diff != "" {
					t.Errorf("YAML and maps differ (-yaml +maps):\n%s", diff)
				}
				continue
			}
			for _, found := range diags {
				if found.Range.Start.Line == 0 || found.Summary == "" || found.Detail == "" {
					t.Errorf("an error lacks its place, what is wrong or what to do: %+v", found)
				}
			}
		}
	})
}
