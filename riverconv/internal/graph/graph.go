// Package graph links component instances by their references: who feeds whom with which signal, who uses which
// extension. It finds cycles, references to nothing, and what takes no part.
package graph

import (
	"slices"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/component"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/nearest"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// Node is an instance with its links.
type Node struct {
	*component.Instance
	// Next lists the consumers of each signal that the node sends, each once, in source order. Only paths that lead from a
	// receiver to an exporter are left in it.
	Next map[component.Signal][]*Node
	// Behind lists what stands behind a bridge out of otelcol.
	Behind []*Node
	// UsedBy lists the roles in which others that take part refer to the node, each once.
	UsedBy []arguments.Type

	extensions []extensionUse

	fed    map[component.Signal]bool
	drains map[component.Signal]bool
}

type extensionUse struct {
	target *Node
	role   arguments.Type
}

// Graph holds the nodes in source order.
type Graph struct {
	Nodes []*Node
	// Own lists the nodes that the program's own traces are sent to.
	Own []*Node
}

// Build links the instances of a configuration. What is wrong goes into diags; the graph is of use only if none of that
// is an error.
func Build(loaded component.Loaded, diags *diag.List) *Graph {
	b := builder{graph: &Graph{}, byName: map[string]*Node{}, refused: loaded.Refused,
		told: map[diag.Range]bool{}, diags: diags}
	for _, inst := range loaded.Instances {
		n := &Node{Instance: inst, Next: map[component.Signal][]*Node{},
			fed: map[component.Signal]bool{}, drains: map[component.Signal]bool{}}
		b.graph.Nodes = append(b.graph.Nodes, n)
		b.byName[inst.Name()] = n
	}
	for _, n := range b.graph.Nodes {
		b.link(n)
	}
	if loaded.Tracing != nil {
		for _, ref := range loaded.Tracing.WriteTo {
			if target, ok := b.resolve(ref, "input"); ok {
				b.graph.Own = append(b.graph.Own, target)
			}
		}
	}
	if b.findCycles() {
		return b.graph // reachability means nothing now
	}
	b.graph.trace()
	b.graph.markUsed()
	b.reportIdle()
	b.graph.prune()
	return b.graph
}

// Carried returns the signals that flow through the node, from a receiver and to an exporter.
func (n *Node) Carried() (signals []component.Signal) {
	for _, s := range component.Signals {
		if n.fed[s] && n.drains[s] {
			signals = append(signals, s)
		}
	}
	return signals
}

// Extensions returns the extensions that the node refers to, each once, in source order.
func (n *Node) Extensions() (targets []*Node) {
	for _, use := range n.extensions {
		if !slices.Contains(targets, use.target) {
			targets = append(targets, use.target)
		}
	}
	return targets
}

// Runs reports whether the node takes part by itself: telemetry flows through it, or it does its work alone.
func (n *Node) Runs() bool { return n.Standalone || len(n.Carried()) > 0 }

type builder struct {
	graph   *Graph
	byName  map[string]*Node
	refused map[string]bool
	told    map[diag.Range]bool // which references to nothing have been reported
	diags   *diag.List
}

// link resolves the references of a node.
func (b *builder) link(n *Node) {
	for _, s := range component.Signals {
		for _, ref := range n.Outputs[s] {
			target, ok := b.resolve(ref, "input")
			if !ok {
				continue
			}
			switch {
			case n.Section == otelcfg.Connectors && !slices.Contains(n.Produces, s),
				n.Section == otelcfg.Processors && !slices.Contains(n.Signals, s):
				b.diags.Warnf(ref.Range, diag.SignalNotSupported, "remove it from this list",
					"%s sends no %s, whatever this list says", n.Name(), s)
			case !slices.Contains(target.Signals, s):
				b.diags.Warnf(ref.Range, diag.SignalNotSupported,
					"remove it from this list; River refuses the "+string(s)+" when they come",
					"%s does not accept %s, and is not sent any", target.Name(), s)
			case slices.Contains(n.Next[s], target):
				b.diags.Warnf(ref.Range, diag.RepeatedConsumer,
					"name it once; River sends everything twice here, a collector cannot",
					"%s is named twice for %s", target.Name(), s)
			default:
				n.Next[s] = append(n.Next[s], target)
			}
		}
	}
	for _, ref := range n.Sinks {
		if target, ok := b.resolve(ref, "receiver"); ok {
			n.Behind = append(n.Behind, target)
		}
	}
	for _, use := range n.Handlers {
		target, ok := b.resolve(use.Target, "handler")
		if !ok {
			continue
		}
		if strings.HasPrefix(target.Component.Name, "otelcol.storage.") != (use.Type == arguments.Storage) {
			b.diags.Errorf(use.Target.Range, diag.WrongReference, "refer to a component of the other kind",
				"%s cannot be used as %s", target.Name(), use.Argument)
			continue
		}
		n.extensions = append(n.extensions, extensionUse{target, use.Type})
	}
}

// resolve finds the node that a reference names, and checks that it exports what is wanted.
func (b *builder) resolve(ref eval.Value, wanted string) (*Node, bool) {
	split := len(ref.Path) - 1
	name, field := strings.Join(ref.Path[:split], "."), ref.Path[split]
	target, ok := b.byName[name]
	whole := b.byName[ref.PathString()] // if the reference lacks the field
	if whole != nil && whole.Export() != wanted {
		target, ok, field = whole, true, whole.Export()
	}
	switch {
	case ok && target.Export() == "":
		b.diags.Errorf(ref.Range, diag.WrongReference, "refer to a component that accepts telemetry",
			"%s exports nothing", target.Name())
	case ok && field != target.Export():
		b.diags.Errorf(ref.Range, diag.WrongReference, "write "+target.Name()+"."+target.Export(),
			"%s has no field %q", target.Name(), field)
	case ok && field != wanted:
		b.diags.Errorf(ref.Range, diag.WrongReference, "refer to a component that exports "+wanted,
			"%s stands where a component's %s belongs", ref.PathString(), wanted)
	case ok:
		return target, true
	case whole != nil:
		b.diags.Errorf(ref.Range, diag.WrongReference, "write "+whole.Name()+"."+wanted, "%s lacks the field", whole.Name())
	case b.isRefused(ref, name, wanted):
	case b.told[ref.Range]: // in another instance of the module
	default:
		b.reportUnknown(ref, wanted)
	}
	return nil, false
}

// reportUnknown reports a reference to nothing, with what it could be in its module.
func (b *builder) reportUnknown(ref eval.Value, wanted string) {
	b.told[ref.Range] = true
	module, local := "", ref.PathString()
	if inside := strings.LastIndex(local, "/"); inside >= 0 {
		module, local = local[:inside], local[inside+1:]
	}
	todo := nearest.Hint(local, b.exports(module, wanted), b.offer(module, wanted))
	if b.isOutside(module, local) {
		todo = "a module sees its own components only: hand this one to it as an argument"
	}
	b.diags.Errorf(ref.Range, diag.UnknownReference, todo, "%s refers to nothing", local)
}

// isOutside reports whether what a module refers to stands around it.
func (b *builder) isOutside(module, local string) bool {
	name := local[:max(strings.LastIndex(local, "."), 0)]
	for module != "" {
		module = module[:max(strings.LastIndex(module, "/"), 0)]
		if b.byName[eval.Within(module, name)] != nil {
			return true
		}
	}
	return false
}

// isRefused reports whether a name belongs to a block that is no instance. It says what that means for a reference:
// nothing is sent to what was left out, but nobody does without an extension. What is an error itself is reported
// already.
func (b *builder) isRefused(ref eval.Value, name, wanted string) bool {
	leftOut, refused := b.refused[name]
	switch {
	case leftOut && wanted != "handler":
		b.diags.Warnf(ref.Range, diag.ForeignComponent, "send it elsewhere, or do without it", "nothing is sent to %s", name)
	case leftOut:
		b.diags.Errorf(ref.Range, diag.ForeignComponent, "use an extension that is converted, or remove the argument",
			"%s was left out, but is needed here", name)
	}
	return refused
}

// offer says what a reference could be instead.
func (b *builder) offer(module, wanted string) string {
	const few = 5
	names := b.exports(module, wanted)
	if len(names) == 0 || len(names) > few {
		return "declare the component, or correct the name"
	}
	return "declare the component, or refer to one that exists: " + strings.Join(names, ", ")
}

// exports returns all references that would fit in a module.
func (b *builder) exports(module, wanted string) (names []string) {
	for _, n := range b.graph.Nodes {
		if n.Module == module && n.Export() == wanted {
			names = append(names, n.Component.Name+"."+n.Label+"."+wanted)
		}
	}
	return names
}

// findCycles reports each cycle once, at the reference that closes it.
func (b *builder) findCycles() (found bool) {
	const visiting, done = 1, 2
	state := map[*Node]int{}
	var path []*Node
	var visit func(n *Node)
	visit = func(n *Node) {
		state[n] = visiting
		path = append(path, n)
		for _, s := range component.Signals {
			for _, next := range n.Next[s] {
				switch state[next] {
				case 0:
					visit(next)
				case visiting:
					found = true
					b.reportCycle(path[slices.Index(path, next):], n, s)
				}
			}
		}
		path = path[:len(path)-1]
		state[n] = done
	}
	for _, n := range b.graph.Nodes {
		if state[n] == 0 {
			visit(n)
		}
	}
	return found
}

func (b *builder) reportCycle(cycle []*Node, last *Node, s component.Signal) {
	var names []string
	for _, n := range cycle {
		names = append(names, n.Name())
	}
	names = append(names, cycle[0].Name())
	at := last.Range
	for _, ref := range last.Outputs[s] {
		if strings.HasPrefix(ref.PathString(), cycle[0].Name()+".") {
			at = ref.Range
		}
	}
	b.diags.Errorf(at, diag.Cycle, "break it: remove one of the references", "components feed each other in a circle: %s",
		strings.Join(names, " -> "))
}

// trace finds for each node and signal whether a receiver feeds it and an exporter drains it. The graph has no cycles.
func (g *Graph) trace() {
	for _, n := range g.Nodes {
		if n.Section == otelcfg.Receivers && len(n.Signals) > 0 {
			for _, s := range n.Signals {
				n.feed(s)
			}
		}
	}
	for _, n := range g.Nodes {
		for _, s := range component.Signals {
			n.drained(s)
		}
	}
}

func (n *Node) feed(s component.Signal) {
	if n.fed[s] {
		return
	}
	n.fed[s] = true
	for _, out := range n.sends(s) {
		for _, next := range n.Next[out] {
			next.feed(out)
		}
	}
}

// drained finds out once whether what a node sends of a signal gets to an exporter.
func (n *Node) drained(s component.Signal) bool {
	if known, ok := n.drains[s]; ok {
		return known
	}
	endsHere := len(n.Sinks) == 0 || len(n.Behind) > 0
	n.drains[s] = n.Section == otelcfg.Exporters && slices.Contains(n.Signals, s) && endsHere
	for _, out := range n.sends(s) {
		for _, next := range n.Next[out] {
			if next.drained(out) {
				n.drains[s] = true
			}
		}
	}
	return n.drains[s]
}

// sends returns the signals that come out of a node when s goes in: a connector makes any of its outputs from it.
func (n *Node) sends(s component.Signal) []component.Signal {
	if n.Section == otelcfg.Connectors {
		return n.Produces
	}
	return []component.Signal{s}
}

// markUsed tells extensions how the nodes that take part use them.
func (g *Graph) markUsed() {
	for _, n := range g.Nodes {
		for _, use := range n.extensions {
			if n.Runs() && !slices.Contains(use.target.UsedBy, use.role) {
				use.target.UsedBy = append(use.target.UsedBy, use.role)
			}
		}
	}
}

// emits reports whether anything that is fed into a node comes out of it as a signal.
func (n *Node) emits(out component.Signal) bool {
	return slices.ContainsFunc(component.Signals, func(in component.Signal) bool {
		return n.fed[in] && slices.Contains(n.sends(in), out)
	})
}

// prune leaves only links on paths from a receiver to an exporter.
func (g *Graph) prune() {
	for _, n := range g.Nodes {
		for s, next := range n.Next {
			n.Next[s] = slices.DeleteFunc(next, func(to *Node) bool { return !n.emits(s) || !to.drains[s] })
		}
	}
}
