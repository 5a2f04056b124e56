package riverconv

import (
	"cmp"
	"slices"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/component"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/graph"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// assembly is a configuration while its components are converted.
type assembly struct {
	dialect    dialect.Dialect
	diags      *diag.List
	config     *otelcfg.Config
	parts      map[*graph.Node][]component.Part
	extensions map[string][]component.Part // by the name that references use
}

// conversion prepares the conversion of a node through which signals flow.
func (a *assembly) conversion(n *graph.Node, wired []component.Signal, diags *diag.List) component.Conversion {
	c := component.Conversion{
		Instance: n.Instance, Dialect: a.dialect, Wired: wired, UsedBy: n.UsedBy, Extension: a.extension, Diags: diags,
	}
	for _, sink := range n.Behind {
		c.Behind = append(c.Behind, sink.Instance)
	}
	return c
}

// conversions prepares the conversions of nodes that the collector's own traces are sent to.
func (a *assembly) conversions(nodes []*graph.Node) (all []component.Conversion) {
	for _, n := range nodes {
		all = append(all, a.conversion(n, n.Signals, a.diags))
	}
	return all
}

// convert converts one node and adds its parts to the configuration.
func (a *assembly) convert(n *graph.Node) []component.Part {
	conversion := a.conversion(n, n.Carried(), a.diags)
	parts := conversion.Convert()
	for _, p := range parts {
		a.config.Components = append(a.config.Components, otelcfg.Component{
			Section: cmp.Or(p.Section, n.Section), ID: p.ID, Body: p.Body, From: n.Name(), Range: n.Range, Comment: n.Comment,
		})
	}
	return parts
}

// findErrors converts each node only for the errors that this finds, so that one run reports all of them. The links
// between the nodes cannot be trusted, and warnings about them neither.
func (a *assembly) findErrors(g *graph.Graph) {
	for _, n := range g.Nodes {
		if n.Section == component.Sink {
			continue // converted with what feeds it
		}
		var found diag.List
		conversion := a.conversion(n, n.Signals, &found)
		conversion.Convert()
		for _, d := range found {
			if d.Severity == diag.Error {
				*a.diags = append(*a.diags, d)
			}
		}
	}
}

// ids names the components that serve a signal of a node: one, but for a bridge with several sinks.
func (a *assembly) ids(n *graph.Node, s component.Signal) (ids []*otelcfg.ID) {
	for _, p := range a.parts[n] {
		if n.Section == otelcfg.Connectors || slices.Contains(p.Signals, s) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// extension names the part of an extension that a handler refers to. Where there is none, an error has been reported.
func (a *assembly) extension(target eval.Value, role arguments.Type) *otelcfg.ID {
	name := strings.Join(target.Path[:len(target.Path)-1], ".")
	for _, p := range a.extensions[name] {
		if slices.Contains(p.Roles, role) {
			return p.ID
		}
	}
	return &otelcfg.ID{Type: name}
}
