package manifests_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/golden"
	"github.com/otelcol-river/otelcol-river/riverconv/manifests"
)

const cases = "../testdata/manifests"

// inputOf reads the files and the options of a case. A text archive cannot hold every file, so "crlf" gives the files
// the line breaks of Windows, and "cut" takes the last line break away.
func inputOf(c golden.Case) ([]riverconv.Source, manifests.Options) {
	var sources []riverconv.Source
	for _, in := range c.Inputs {
		text := in.Data
		if c.Options["crlf"] != "" {
			text = withCRLF(text)
		}
		if c.Options["cut"] != "" {
			text = bytes.TrimSuffix(text, []byte("\n"))
		}
		sources = append(sources, riverconv.Source{Name: in.Name, Text: text})
	}
	return sources, manifests.Options{
		Image: c.Options["image"], KeepRiver: c.Options["keep-river"] != "", Dialect: c.Dialect,
		Partial: c.Options["partial"] != "",
	}
}

func withCRLF(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")) }

// TestConvert: each case gives its expected files and diagnostics.
func TestConvert(t *testing.T) {
	golden.Run(t, cases, func(t *testing.T, c golden.Case) (outputs []golden.Output) {
		sources, opts := inputOf(c)
		var diags diag.List
		var files []manifests.File
		if c.Options["function"] != "" {
			var out []byte
			out, diags = manifests.Function(sources[0], opts)
			files = []manifests.File{{Name: sources[0].Name, Text: out}}
		} else {
			var result manifests.Result
			result, diags = manifests.Convert(sources, opts)
			files = result.Files
			checkFiles(t, sources, files)
		}
		texts := map[string][]byte{}
		for _, src := range sources {
			texts[src.Name] = src.Text
		}
		checkDiagnostics(t, diags)
		for _, f := range files {
			text := f.Text
			if c.Options["crlf"] != "" {
				text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
				if !bytes.Equal(withCRLF(text), f.Text) {
					t.Errorf("line breaks are mixed: %q", f.Text)
				}
			}
			if c.Options["cut"] != "" {
				if bytes.HasSuffix(text, []byte("\n")) {
					t.Error("the file got a last line break")
				}
				text = append(text, '\n')
			}
			outputs = append(outputs, golden.Output{Name: strings.Replace(f.Name, "in", "out", 1), Text: string(text)})
		}
		var told bytes.Buffer
		if err := diag.WriteText(&told, diags, texts, false); err != nil {
			t.Fatal(err)
		}
		return append(outputs, golden.Output{Name: "diags", Text: told.String()})
	})
}

// checkFiles checks that the edits, and nothing else, lead from each source to its result, and that this is YAML.
func checkFiles(t *testing.T, sources []riverconv.Source, files []manifests.File) {
	t.Helper()
	for i, f := range files {
		if f.Name != sources[i].Name {
			t.Errorf("file %d is %s instead of %s", i, f.Name, sources[i].Name)
		}
		var want []byte
		done := 0
		for _, e := range f.Edits {
			if e.Start < done || e.End < e.Start {
				t.Fatalf("%s: edits are out of order: %+v", f.Name, f.Edits)
			}
			want = append(append(want, sources[i].Text[done:e.Start]...), e.New...)
			done = e.End
		}
		want = append(want, sources[i].Text[done:]...)
		if !bytes.Equal(want, f.Text) {
			t.Errorf("%s: the edits do not lead to the result:\n%s", f.Name, cmp.Diff(string(want), string(f.Text)))
		}
		dec := yaml.NewDecoder(bytes.NewReader(f.Text))
		for {
			var doc yaml.Node
			if err := dec.Decode(&doc); err != nil {
				if err.Error() != "EOF" {
					t.Errorf("%s: the result is no YAML: %v", f.Name, err)
				}
				break
			}
		}
	}
}

func checkDiagnostics(t *testing.T, diags diag.List) {
	t.Helper()
	for _, d := range diags {
		if d.Range.File == "" || d.Range.Start.Line == 0 || d.Range.Start.Column == 0 || d.Summary == "" || d.Detail == "" {
			t.Errorf("a diagnostic lacks its place, what is wrong or what to do: %+v", d)
		}
	}
}

// TestNoise: comments, blank lines and line breaks of Windows change nothing: the result is the same with them and
// without, apart from them.
func TestNoise(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, c := range golden.Cases(t, cases) {
		if c.Options["noise"] == "no" {
			continue // scalars of several lines, where a comment would be text
		}
		sources, opts := inputOf(c)
		plain, diags := manifests.Convert(sources, opts)
		if diags.HasErrors() {
			continue
		}
		for round := range 20 {
			noisy := make([]riverconv.Source, len(sources))
			for i, src := range sources {
				noisy[i] = riverconv.Source{Name: src.Name, Text: withNoise(random, src.Text)}
			}
			result, diags := manifests.Convert(noisy, opts)
			if diags.HasErrors() {
				t.Fatalf("%s, round %d: %v", c.Name, round, diags)
			}
			checkFiles(t, noisy, result.Files)
			for i, f := range result.Files {
				if diff := cmp.Diff(quiet(plain.Files[i].Text), quiet(f.Text)); diff != "" {
					t.Errorf("%s, round %d: noise changes the result (-without +with):\n%s", c.Name, round, diff)
				}
			}
		}
	}
}

var noise = regexp.MustCompile(`(?m)^ *# noise\n|^ *\n`)

// quiet returns a text without noise.
func quiet(text []byte) string {
	return noise.ReplaceAllString(strings.ReplaceAll(string(text), "\r\n", "\n"), "")
}

// withNoise puts comments and blank lines between lines of a file, where no block scalar is, and sometimes changes its
// line breaks.
func withNoise(random *rand.Rand, text []byte) []byte {
	var out bytes.Buffer
	lines := slices.Collect(strings.Lines(string(text)))
	inside := -1 // the column of the key whose block scalar the lines belong to
	for _, line := range lines {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		if inside >= 0 && (indent > inside || strings.TrimSpace(line) == "") {
			out.WriteString(line)
			continue
		}
		inside = -1
		switch random.IntN(6) {
		case 0:
			fmt.Fprintf(&out, "%*s# noise\n", indent, "")
		case 1:
			out.WriteString("\n")
		}
		out.WriteString(line)
		if blockHeader.MatchString(strings.TrimRight(line, "\r\n")) {
			inside = indent
		}
	}
	if random.IntN(2) == 0 && !bytes.Contains(text, []byte("\r\n")) {
		return withCRLF(out.Bytes())
	}
	return out.Bytes()
}

var blockHeader = regexp.MustCompile(`[|>][-+1-9]*\s*(#.*)?$`)

// TestDefaultImage: the image has the version of the distribution.
func TestDefaultImage(t *testing.T) {
	manifest, err := os.ReadFile("../../builder-config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		Dist struct{ Name, Version string }
	}
	if err := yaml.Unmarshal(manifest, &config); err != nil {
		t.Fatal(err)
	}
	name, version, _ := strings.Cut(path.Base(manifests.DefaultImage), ":")
	if name != config.Dist.Name || version != config.Dist.Version {
		t.Errorf("the default image is %s; the distribution is %+v", manifests.DefaultImage, config.Dist)
	}
}

// FuzzManifests: no input panics; each gives files that parse and differ by the edits alone, or an error that says
// where; a second run gives the same.
func FuzzManifests(f *testing.F) {
	for _, text := range golden.Texts(cases) {
		f.Add(text, false)
		f.Add(withCRLF(text), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, keepRiver bool) {
		sources := []riverconv.Source{{Name: "in.yaml", Text: text}}
		opts := manifests.Options{KeepRiver: keepRiver}
		result, diags := manifests.Convert(sources, opts)
		checkDiagnostics(t, diags)
		again, same := manifests.Convert(sources, opts)
		if diff := cmp.Diff(diags, same); diff != "" {
			t.Errorf("a second run says something else:\n%s", diff)
		}
		if diags.HasErrors() {
			if len(result.Files) > 0 {
				t.Error("there is a result in spite of an error")
			}
		} else {
			checkFiles(t, sources, result.Files)
			if !bytes.Equal(result.Files[0].Text, again.Files[0].Text) {
				t.Error("a second run gives something else")
			}
		}
		if manifests.IsResourceList(sources[0]) {
			_, _ = manifests.Function(sources[0], opts)
		}
	})
}
