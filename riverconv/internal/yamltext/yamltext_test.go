package yamltext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/otelcol-river/otelcol-river/riverconv/internal/yamltext"
)

type (
	file = yamltext.File
	node = yaml.Node
)

// TestApply: a change leaves the rest of the text alone, whatever form it has.
func TestApply(t *testing.T) {
	key := func(n *yaml.Node, name string) *yaml.Node { k, _ := yamltext.Lookup(n, name); return k }
	for _, c := range []struct {
		name, before, after string
		change              func(f *file, root *node) error
	}{
		{"the first key of an item", "- a: 1 # one\n  b: 2\n", "- b: 2\n", func(f *file, root *node) error {
			f.Remove(key(root.Content[0], "a"))
			return nil
		}},
		{"the first item of an item", "- - a\n  - b\n", "- - b\n", func(f *file, root *node) error {
			f.Remove(root.Content[0].Content[0])
			return nil
		}},
		{"an item on the line below its dash", "- a\n-\n  b\n- c\n", "- a\n- c\n", func(f *file, root *node) error {
			f.Remove(root.Content[1])
			return nil
		}},
		{"neighbours within brackets", "[a, 'b', \"c\" , d]\n", "[d]\n", func(f *file, root *node) error {
			for _, n := range root.Content[:3] {
				f.Remove(n)
			}
			return nil
		}},
		{"the last within brackets", "{a: [1, 2], b: {c: d}, }\n", "{a: [1], }\n", func(f *file, root *node) error {
			f.Remove(yamltext.Get(root, "a").Content[1])
			f.Remove(key(root, "b"))
			return nil
		}},
		{"an item behind the last, without a line break", "a:\n  - x", "a:\n  - x\n  - 'y: z'\n",
			func(f *file, root *node) error {
				f.Insert(yamltext.Get(root, "a").Content[0], yamltext.Word("y: z"))
				return nil
			}},
		{"a key in an item", "é: [ü, {a: ö}] \n", "é: [ü, {a: ö, \"b\": [\"c\"]}] \n", func(f *file, root *node) error {
			item := yamltext.Get(root, "é").Content[1]
			f.Insert(item.Content[0], yamltext.Map(yamltext.Entry{Key: "b", Value: yamltext.Words("c")}))
			return nil
		}},
		{"a word that needs quotes", "a: b # c\n", "a: \"true\" # c\n", func(f *file, root *node) error {
			return f.Set(yamltext.Get(root, "a"), "true")
		}},
		{"a word in single quotes", "a: 'b'\r\nc: d\r\n", "a: 'it''s'\r\nc: d\r\n", func(f *file, root *node) error {
			return f.Set(yamltext.Get(root, "a"), "it's")
		}},
		{"a plain scalar of several lines", "a: b\n  c\n\n  d # e\n", "a: f # e\n", func(f *file, root *node) error {
			return f.Set(yamltext.Get(root, "a"), "f")
		}},
		{"an empty value", "a:\nb:\n", "a: \"x\"\nb:\n", func(f *file, root *node) error {
			return f.Set(root.Content[1], "x")
		}},
		{"a block behind a byte order mark", "\uFEFFa: |\n   b\n", "\uFEFFa: |\n   c\n\n   d\n",
			func(f *file, root *node) error {
				return f.SetLines(yamltext.Get(root, "a"), "c\n\nd\n")
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := yamltext.Parse([]byte(c.before))
			if err != nil {
				t.Fatal(err)
			}
			if err := c.change(f, f.Documents[0]); err != nil {
				t.Fatal(err)
			}
			out, _, err := f.Apply()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.after, string(out)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestApplyRefuses: a change whose result would say something else is an error.
func TestApplyRefuses(t *testing.T) {
	f, err := yamltext.Parse([]byte("a: &x b\nc: *x\n"))
	if err != nil {
		t.Fatal(err)
	}
	if f.Shared(f.Documents[0].Content[1]) != "x" {
		t.Error("the anchor was not seen")
	}
	f.Remove(f.Documents[0].Content[0])
	if out, _, err := f.Apply(); err == nil {
		t.Errorf("an alias lost its anchor:\n%s", out)
	}
}

// TestParse: what cannot be read is refused with its line.
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"a: b\nc: \xff\n":   "not valid UTF-8",
		"a: b\rc: d\n":      `a line ends in '\r'`,
		"a: b\n\u2028c: d":  `a line ends in '\u2028'`,
		"a: [b\n":           "did not find expected",
		"a: b\n\tc: d\n":    "found a tab",
		"a: *b\n":           "unknown anchor",
		"a: b\n---\n- c: }": "did not find expected node content",
	} {
		if _, err := yamltext.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
}
