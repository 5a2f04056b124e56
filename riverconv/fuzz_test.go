package riverconv_test

import (
	"testing"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/golden"
)

// FuzzConvert: no input panics; each gives a result or an error that says where; the result's YAML can be written.
func FuzzConvert(f *testing.F) {
	for _, text := range []string{"", "{", "a = ", `a "b" {`, "\"", "/*", "a = -9223372036854775808 / -1", "a = 1 % 0"} {
		f.Add([]byte(text))
	}
	for _, text := range golden.Texts("testdata/convert") {
		f.Add(text)
	}
	none := func(string) (string, bool) { return "", false }
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, d := range []string{"flow", "alloy"} {
			source := riverconv.Source{Name: "in." + d, Text: text}
			result, diags := riverconv.Convert([]riverconv.Source{source}, riverconv.Options{Dialect: d, LookupEnv: none})
			if !diags.HasErrors() {
				if _, err := result.YAML(); err != nil {
					t.Errorf("the result cannot be written: %v", err)
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
