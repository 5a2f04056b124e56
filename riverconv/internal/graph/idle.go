package graph

import (
	"slices"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/component"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// reportIdle tells which components take no part. That is a warning as long as others do: River runs such components,
// a collector does not. If nothing is left, it is why there is no result.
func (b *builder) reportIdle() {
	if b.diags.HasErrors() {
		return // a link may be missing only because of what is wrong already
	}
	works := slices.ContainsFunc(b.graph.Nodes, func(n *Node) bool { return len(n.Carried()) > 0 })
	report := b.diags.Errorf
	if works {
		report = b.diags.Warnf
	}
	for _, n := range b.graph.Nodes {
		switch {
		case n.Section == otelcfg.Extensions:
			if len(n.UsedBy) == 0 && !n.Runs() {
				b.diags.Warnf(n.Range, diag.NotUsed, "refer to "+n.Name()+".handler, or remove it",
					"nothing that runs uses %s; it was left out", n.Name())
			}
		case n.Section == component.Sink:
			if !b.graph.standsBehind(n) {
				b.diags.Warnf(n.Range, diag.NotUsed, "refer to "+n.Name()+".receiver from an otelcol exporter, or remove it",
					"no otelcol component that runs sends to %s; it was left out", n.Name())
			}
		case len(n.Carried()) > 0:
			b.reportDeadEnds(n)
		case slices.Contains(b.graph.Own, n) && n.Section == otelcfg.Exporters:
			// The program's own traces go there.
		case len(n.Signals) == 0:
			// Its component has said why.
		case n.Section == otelcfg.Receivers:
			report(n.Range, diag.GoesNowhere,
				"name consumers in its output block, as in: traces = [otelcol.exporter.otlp.default.input]",
				"%s sends to no exporter", n.Name())
		case !n.fedAtAll():
			report(n.Range, diag.NotFed,
				"add "+n.Name()+".input to "+either(n.Signals)+" in the output block of a receiver or processor, or remove it",
				"nothing feeds %s", n.Name())
		default:
			report(n.Range, diag.GoesNowhere, "name consumers for the signals that reach it in its output block",
				"what reaches %s does not get to any exporter", n.Name())
		}
	}
	if !works && len(b.graph.Nodes) > 0 && !b.diags.HasErrors() {
		b.diags.Errorf(b.graph.Nodes[0].Range, diag.NoPipeline,
			"add what is missing: a receiver, an exporter, or the link between them",
			"no path leads from a receiver to an exporter")
	}
}

// reportDeadEnds tells which signals reach a working node and end there: River refuses such data when it comes.
func (b *builder) reportDeadEnds(n *Node) {
	for _, s := range component.Signals {
		if n.fed[s] && !n.drains[s] && n.Section != otelcfg.Receivers {
			b.diags.Warnf(n.Range, diag.GoesNowhere, "add "+string(s)+" to its output block, or stop sending them to it",
				"%s sends no %s on; they were left out", n.Name(), s)
		}
	}
}

// standsBehind reports whether any bridge that takes part sends to a sink.
func (g *Graph) standsBehind(sink *Node) bool {
	return slices.ContainsFunc(g.Nodes, func(n *Node) bool {
		return len(n.Carried()) > 0 && slices.Contains(n.Behind, sink)
	})
}

// either lists signals as in "traces, metrics or logs".
func either(signals []component.Signal) string {
	text := string(signals[0])
	for i, s := range signals[1:] {
		separator := ", "
		if i == len(signals)-2 {
			separator = " or "
		}
		text += separator + string(s)
	}
	return text
}

func (n *Node) fedAtAll() bool {
	return slices.ContainsFunc(component.Signals, func(s component.Signal) bool { return n.fed[s] })
}
