package manifests

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
)

// openTemplate and closeTemplate enclose what a template language such as Helm's fills in.
const openTemplate, closeTemplate = "{{", "}}"

const renderFirst = "fill the templates in first, as helm template does, and convert what comes of it"

// findTemplateKeys reports {{ ... }} without quotes, which YAML takes for a mapping whose key is a mapping. No object
// of Kubernetes holds such a thing.
func (m *migration) findTemplateKeys(f *file, n *yaml.Node) {
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && child.Kind == yaml.MappingNode {
			m.diags.Errorf(f.at(n), diag.Syntax, renderFirst, "a template is left in: %s", openTemplate)
			return
		}
		m.findTemplateKeys(f, child)
	}
}

// findTemplates reports templates in the texts of an object that is to be changed. What other objects hold, such as
// alerting rules, may look like that for good, and annotations may hold templates for other programs.
func (m *migration) findTemplates(o *object, n *yaml.Node) (found bool) {
	if n.Kind == yaml.ScalarNode {
		before, rest, ok := strings.Cut(n.Value, openTemplate)
		if ok && strings.Contains(rest, closeTemplate) {
			found = true
			at := diag.Point{Line: strings.Count(before, "\n") + 1, Column: len(before) - strings.LastIndex(before, "\n")}
			where, _ := o.inside(n, at)
			m.diags.Errorf(where, diag.Syntax, renderFirst, "%s: a template is left in: %s", o, openTemplate)
		}
	}
	for i, child := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && n.Content[i-1].Value == "annotations" {
			continue
		}
		found = m.findTemplates(o, child) || found
	}
	return found
}
