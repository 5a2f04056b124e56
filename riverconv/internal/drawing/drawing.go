// Package drawing draws a conversion as a graph: the components of River on one side, the pipelines that they became on
// the other.
package drawing

import (
	"fmt"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/internal/component"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/graph"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// Drawing holds boxes with nodes, and the edges between all nodes.
type Drawing struct {
	boxes []box
	edges []edge
}

type box struct {
	title string
	nodes []node
}

// node is drawn under a label. Its id is unique in the drawing.
type node struct{ id, label string }

type edge struct {
	from, to, label string
	// aside is true for what carries no telemetry inside a pipeline: the use of an extension, the way through a connector.
	aside bool
}

// New draws a configuration and what it was converted from.
func New(g *graph.Graph, c *otelcfg.Config) *Drawing {
	d := &Drawing{}
	d.addRiver(g)
	d.addPipelines(c)
	return d
}

// addRiver adds one box with all components of River.
func (d *Drawing) addRiver(g *graph.Graph) {
	river := box{title: "River"}
	ids := map[*graph.Node]string{}
	for i, n := range g.Nodes {
		ids[n] = fmt.Sprintf("river%d", i)
		river.nodes = append(river.nodes, node{ids[n], n.Name()})
	}
	d.boxes = append(d.boxes, river)
	for _, n := range g.Nodes {
		targets, signals := consumers(n)
		for _, target := range targets {
			d.edges = append(d.edges, edge{from: ids[n], to: ids[target], label: strings.Join(signals[target], ", ")})
		}
		for _, sink := range n.Behind {
			d.edges = append(d.edges, edge{from: ids[n], to: ids[sink]})
		}
		for _, extension := range n.Extensions() {
			d.edges = append(d.edges, edge{from: ids[n], to: ids[extension], label: "uses", aside: true})
		}
	}
}

// consumers lists the nodes that a node sends to, each once, and the signals that each is sent.
func consumers(n *graph.Node) (targets []*graph.Node, signals map[*graph.Node][]string) {
	signals = map[*graph.Node][]string{}
	for _, s := range component.Signals {
		for _, next := range n.Next[s] {
			if signals[next] == nil {
				targets = append(targets, next)
			}
			signals[next] = append(signals[next], string(s))
		}
	}
	return targets, signals
}

// addPipelines adds a box per pipeline. A component that stands in several is drawn in each.
func (d *Drawing) addPipelines(c *otelcfg.Config) {
	enters, leaves := map[string][]string{}, map[string][]string{} // ids of nodes, by the component's
	var inOrder []string
	for i, p := range c.Pipelines {
		pipeline := box{title: "pipeline " + p.Name}
		add := func(id *otelcfg.ID) string {
			n := node{fmt.Sprintf("pipeline%d_%d", i, len(pipeline.nodes)), id.String()}
			pipeline.nodes = append(pipeline.nodes, n)
			return n.id
		}
		var last []string
		for _, id := range p.Receivers {
			last = append(last, add(id))
			leaves[id.String()] = append(leaves[id.String()], last[len(last)-1])
		}
		for _, id := range p.Processors {
			last = []string{d.join(last, add(id))}
		}
		for _, id := range p.Exporters {
			to := d.join(last, add(id))
			if enters[id.String()] == nil {
				inOrder = append(inOrder, id.String())
			}
			enters[id.String()] = append(enters[id.String()], to)
		}
		d.boxes = append(d.boxes, pipeline)
	}
	for _, connector := range inOrder {
		for _, from := range enters[connector] {
			for _, to := range leaves[connector] {
				d.edges = append(d.edges, edge{from: from, to: to, aside: true})
			}
		}
	}
}

// join adds edges from all nodes to one, and returns it.
func (d *Drawing) join(from []string, to string) string {
	for _, f := range from {
		d.edges = append(d.edges, edge{from: f, to: to})
	}
	return to
}

// Mermaid returns the drawing as a Mermaid flowchart.
func (d *Drawing) Mermaid() string {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for i, box := range d.boxes {
		fmt.Fprintf(&b, "  subgraph box%d[%q]\n", i, box.title)
		for _, n := range box.nodes {
			fmt.Fprintf(&b, "    %s[%q]\n", n.id, n.label)
		}
		b.WriteString("  end\n")
	}
	for _, e := range d.edges {
		arrow := "-->"
		if e.aside {
			arrow = "-.->"
		}
		if e.label != "" {
			arrow += "|" + e.label + "|"
		}
		fmt.Fprintf(&b, "  %s %s %s\n", e.from, arrow, e.to)
	}
	return b.String()
}

// DOT returns the drawing in the language of Graphviz.
func (d *Drawing) DOT() string {
	var b strings.Builder
	b.WriteString("digraph {\n  rankdir=LR\n  node [shape=box]\n")
	for i, box := range d.boxes {
		fmt.Fprintf(&b, "  subgraph cluster%d {\n    label=%q\n", i, box.title)
		for _, n := range box.nodes {
			fmt.Fprintf(&b, "    %s [label=%q]\n", n.id, n.label)
		}
		b.WriteString("  }\n")
	}
	for _, e := range d.edges {
		style := "solid"
		if e.aside {
			style = "dashed"
		}
		fmt.Fprintf(&b, "  %s -> %s [label=%q style=%s]\n", e.from, e.to, e.label, style)
	}
	b.WriteString("}\n")
	return b.String()
}
