package manifests

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/yamltext"
)

// file is one of the files that are converted together.
type file struct {
	name string
	*yamltext.File
}

// object is a Kubernetes object in a file.
type object struct {
	file                  *file
	root                  *yaml.Node
	kind, name, namespace string
}

// String returns how diagnostics call the object, such as "Deployment agent-traces-lb".
func (o *object) String() string { return o.kind + " " + o.name }

// at returns the place of a node, up to the end of its line.
func (o *object) at(n *yaml.Node) diag.Range { return o.file.at(n) }

func (f *file) at(n *yaml.Node) diag.Range {
	return diag.Range{File: f.name, Start: diag.Point(f.Place(n)), End: diag.Point(f.LastPlace(n))}
}

// inside returns a place in the text of a scalar, or the scalar itself if its text does not stand in the file line by
// line; then exact is false.
func (o *object) inside(n *yaml.Node, in diag.Point) (r diag.Range, exact bool) {
	place, exact := o.file.PlaceIn(n, yamltext.Place(in))
	if !exact || in.Line == 0 {
		return o.at(n), false
	}
	return diag.Range{File: o.file.name, Start: diag.Point(place), End: diag.Point(place)}, true
}

func (f *file) firstPlace() diag.Range { return lineIn(f.name, 1) }

// lineIn returns the start of a line.
func lineIn(name string, line int) diag.Range {
	start := diag.Point{Line: line, Column: 1}
	return diag.Range{File: name, Start: start, End: start}
}

// parse reads the files and finds their objects.
func (m *migration) parse(sources []riverconv.Source) {
	for _, src := range sources {
		parsed, err := yamltext.Parse(src.Text)
		if err != nil {
			m.reportSyntax(src, err)
			continue
		}
		f := &file{src.Name, parsed}
		m.files = append(m.files, f)
		for _, root := range parsed.Documents {
			m.findTemplateKeys(f, root)
			m.objects = append(m.objects, objects(f, root)...)
		}
	}
}

func (m *migration) reportSyntax(src riverconv.Source, err error) {
	line := 1
	var syntax *yamltext.Error
	if errors.As(err, &syntax) && syntax.Line > 0 {
		line = syntax.Line
	}
	detail := "correct the YAML; riverconv reads what kubectl reads"
	if templated := lineWith(src.Text, openTemplate); templated > 0 {
		detail, line = renderFirst, templated
	}
	m.diags.Errorf(lineIn(src.Name, line), diag.Syntax, detail, "the YAML cannot be read: %v", err)
}

// lineWith returns the number of the first line that holds a text, or 0.
func lineWith(text []byte, part string) int {
	before, _, ok := strings.Cut(string(text), part)
	if !ok {
		return 0
	}
	return strings.Count(before, "\n") + 1
}

// objects returns the object of a document, or the objects that a list holds. An alias among these is not followed: a
// list could hold itself.
func objects(f *file, root *yaml.Node) (all []*object) {
	if root.Kind != yaml.MappingNode {
		return nil
	}
	kind := yamltext.Text(root, "kind")
	if _, items := yamltext.Lookup(root, "items"); items != nil && strings.HasSuffix(kind, "List") {
		for _, item := range items.Content {
			all = append(all, objects(f, item)...)
		}
		return all
	}
	if kind == "" {
		return nil
	}
	return []*object{{
		file: f, root: root, kind: kind,
		name: yamltext.Text(root, "metadata", "name"), namespace: yamltext.Text(root, "metadata", "namespace"),
	}}
}

// sameNamespace reports whether two objects can see each other. An object that names no namespace goes where it is put.
func sameNamespace(a, b string) bool { return a == b || a == "" || b == "" }
