package main

import (
	"io"
	"os"
	"strings"
	"testing"
)

// Each mistake is named together with what to do about it.
func TestMistakes(t *testing.T) {
	amd64 := []map[string]any{
		built("otelcol-river", "linux", "amd64", "Binary", "dist/otelcol-river"),
		built("riverconv", "linux", "amd64", "Binary", "dist/riverconv"),
	}
	for name, test := range map[string]struct {
		make func(t *testing.T)
		args []string
		want []string
	}{
		"nothing built": {
			make: func(t *testing.T) { remove(t, "dist") },
			want: []string{"dist/metadata.json is missing", "make packages"},
		},
		"no list": {
			make: func(t *testing.T) { remove(t, "dist/artifacts.json") },
			want: []string{"dist/artifacts.json is missing", "make packages"},
		},
		"broken list": {
			make: func(t *testing.T) { write(t, "dist/artifacts.json", "[") },
			want: []string{"cannot read dist/artifacts.json", "make packages"},
		},
		"none for Linux": {
			make: func(t *testing.T) { writeJSON(t, "dist/artifacts.json", []string{}) },
			want: []string{"dist has no binaries for linux/amd64 or linux/arm64", "make packages"},
		},
		"half of a platform": {
			make: func(t *testing.T) { writeJSON(t, "dist/artifacts.json", amd64[:1]) },
			want: []string{"dist has no riverconv for linux/amd64", "make packages"},
		},
		"two for a platform": {
			make: func(t *testing.T) { writeJSON(t, "dist/artifacts.json", append(amd64, amd64[1])) },
			want: []string{"riverconv for linux/amd64 is there twice", "one of them"},
		},
		"binary gone": {
			make: func(t *testing.T) { writeJSON(t, "dist/artifacts.json", amd64) },
			want: []string{"dist/otelcol-river", "make packages"},
		},
		"other clone": {
			make: func(t *testing.T) {
				writeJSON(t, "dist/metadata.json", map[string]string{"version": "0.1.0", "commit": strings.Repeat("1", 40)})
			},
			want: []string{"git does not know commit", "in the clone"},
		},
		"no configuration": {
			make: func(t *testing.T) { remove(t, "packaging/config.river") },
			want: []string{"packaging/config.river", "root of the repository"},
		},
		"version that is no tag": {
			make: func(t *testing.T) {
				writeJSON(t, "dist/metadata.json", map[string]string{"version": "0 1", "commit": headCommit(t)})
			},
			want: []string{"0 1"},
		},
		"argument":     {args: []string{"dist"}, want: []string{`"dist" is no flag`, "-h"}},
		"unknown flag": {args: []string{"-out", "x"}, want: []string{"-out"}},
		"no tag":       {args: []string{"-push", "ghcr.io/x"}, want: []string{`invalid value "ghcr.io/x" for flag -push`}},
	} {
		t.Run(name, func(t *testing.T) {
			inClone(t, "amd64", "arm64")
			if test.make != nil {
				test.make(t)
			}
			err := run(t.Context(), test.args, io.Discard)
			if err == nil {
				t.Fatal("there is no error")
			}
			for _, words := range test.want {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("%q does not say %q", err, words)
				}
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}
