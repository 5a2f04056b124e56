// Package pipeline cuts a graph of components into the linear pipelines of a collector. Its law: each processor stands
// in exactly one pipeline per signal, and each path from a receiver to an exporter exists exactly once. A processor
// that stood in two pipelines would be two processors, and a tail sampler with half a trace.
package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/internal/component"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/graph"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// Build returns the pipelines for a graph, and the forward connectors that join them where paths meet or part at a
// processor. The function ids names the components that serve a signal of a node: one, but for an exporter any number.
func Build(
	g *graph.Graph, ids func(*graph.Node, component.Signal) []*otelcfg.ID,
) ([]otelcfg.Pipeline, []otelcfg.Component) {
	b := builder{graph: g, ids: ids, forwards: map[*graph.Node]*otelcfg.ID{}}
	for _, s := range component.Signals {
		b.signal(s)
	}
	return b.pipelines, b.components
}

type builder struct {
	graph      *graph.Graph
	ids        func(*graph.Node, component.Signal) []*otelcfg.ID
	forwards   map[*graph.Node]*otelcfg.ID
	pipelines  []otelcfg.Pipeline
	components []otelcfg.Component
}

// signal adds the pipelines of one signal.
func (b *builder) signal(s component.Signal) {
	previous := links(b.graph, s)
	drafts := b.direct(s)
	for _, n := range b.graph.Nodes {
		if isHead(n, s, previous) {
			drafts = append(drafts, b.chain(n, s, previous))
		}
	}
	b.pipelines = append(b.pipelines, named(drafts, s)...)
}

// draft is a pipeline whose name is not chosen yet.
type draft struct {
	otelcfg.Pipeline
	nameAfter *otelcfg.ID
}

// links returns for each node who sends it the signal.
func links(g *graph.Graph, s component.Signal) map[*graph.Node][]*graph.Node {
	previous := map[*graph.Node][]*graph.Node{}
	for _, n := range g.Nodes {
		for _, next := range n.Next[s] {
			previous[next] = append(previous[next], n)
		}
	}
	return previous
}

func isProcessor(n *graph.Node) bool { return n.Section == otelcfg.Processors }

// isHead reports whether a pipeline starts at the processor n: it does unless n continues the line of the one processor
// that feeds it and nothing else.
func isHead(n *graph.Node, s component.Signal, previous map[*graph.Node][]*graph.Node) bool {
	from := previous[n]
	if !isProcessor(n) || len(from) == 0 {
		return false
	}
	return len(from) > 1 || !isProcessor(from[0]) || len(from[0].Next[s]) > 1
}

// direct returns the pipelines without processors: one for each set of exporters that receivers send straight to.
func (b *builder) direct(s component.Signal) (drafts []draft) {
	bySet := map[string]int{}
	for _, n := range b.graph.Nodes {
		if isProcessor(n) {
			continue
		}
		var exporters []*otelcfg.ID
		set := ""
		for _, next := range n.Next[s] {
			if !isProcessor(next) {
				exporters = append(exporters, b.ids(next, s)...)
				set += next.Name() + " "
			}
		}
		if len(exporters) == 0 {
			continue
		}
		if i, ok := bySet[set]; ok {
			drafts[i].Receivers = append(drafts[i].Receivers, b.id(n, s))
			continue
		}
		bySet[set] = len(drafts)
		receiver := b.id(n, s)
		drafts = append(drafts, draft{nameAfter: receiver, Pipeline: otelcfg.Pipeline{
			Receivers: []*otelcfg.ID{receiver}, Exporters: exporters, Range: n.Range}})
	}
	return drafts
}

// chain returns the pipeline that starts at a head and follows the line of processors from there.
func (b *builder) chain(head *graph.Node, s component.Signal, previous map[*graph.Node][]*graph.Node) draft {
	d := draft{nameAfter: b.id(head, s), Pipeline: otelcfg.Pipeline{Range: head.Range}}
	for _, from := range previous[head] {
		source := b.id(from, s)
		if isProcessor(from) {
			source = b.forward(head, s)
		}
		d.Receivers = appendNew(d.Receivers, source)
	}
	last := head
	for d.Processors = append(d.Processors, b.id(head, s)); ; d.Processors = append(d.Processors, b.id(last, s)) {
		next := last.Next[s]
		if len(next) != 1 || !isProcessor(next[0]) || isHead(next[0], s, previous) {
			break
		}
		last = next[0]
	}
	for _, to := range last.Next[s] {
		targets := b.ids(to, s)
		if isProcessor(to) {
			targets = []*otelcfg.ID{b.forward(to, s)}
		}
		for _, target := range targets {
			d.Exporters = appendNew(d.Exporters, target)
		}
	}
	return d
}

// id names the one component that serves a signal of a receiver, processor or connector.
func (b *builder) id(n *graph.Node, s component.Signal) *otelcfg.ID { return b.ids(n, s)[0] }

// forward returns the connector that brings data to the pipeline of a head, and makes it when it is first asked for.
func (b *builder) forward(head *graph.Node, s component.Signal) *otelcfg.ID {
	if id, ok := b.forwards[head]; ok {
		return id
	}
	id := &otelcfg.ID{Type: "forward", Name: flat(b.id(head, s))}
	b.forwards[head] = id
	b.components = append(b.components,
		otelcfg.Component{Section: otelcfg.Connectors, ID: id, Body: &otelcfg.Map{}, From: head.Name(), Range: head.Range})
	return id
}

func appendNew(ids []*otelcfg.ID, id *otelcfg.ID) []*otelcfg.ID {
	if slices.Contains(ids, id) {
		return ids
	}
	return append(ids, id)
}

// flat writes type/name as one name.
func flat(id *otelcfg.ID) string { return strings.ReplaceAll(id.String(), "/", "_") }

// named gives each pipeline a name: the signal alone if there is only one, else with the name of its first component.
func named(drafts []draft, s component.Signal) (pipelines []otelcfg.Pipeline) {
	taken := map[string]bool{}
	for _, d := range drafts {
		d.Name = string(s)
		if len(drafts) > 1 {
			base := string(s) + "/" + flat(d.nameAfter)
			d.Name = base
			for n := 2; taken[d.Name]; n++ {
				d.Name = fmt.Sprintf("%s_%d", base, n)
			}
		}
		taken[d.Name] = true
		pipelines = append(pipelines, d.Pipeline)
	}
	return pipelines
}
