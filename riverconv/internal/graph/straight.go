package graph

import (
	"slices"

	"github.com/otelcol-river/otelcol-river/riverconv/internal/component"
)

// Straight returns the node that gets all that n sends, every signal of it, and nothing from any other node. It is nil
// if there is no such node.
func (g *Graph) Straight(n *Node) (to *Node) {
	for _, s := range component.Signals {
		for _, next := range n.Next[s] {
			if to != nil && next != to {
				return nil
			}
			to = next
		}
	}
	if to == nil || slices.ContainsFunc(g.Nodes, func(other *Node) bool { return other != n && other.sendsTo(to) }) {
		return nil
	}
	return to
}

func (n *Node) sendsTo(to *Node) bool {
	return slices.ContainsFunc(component.Signals, func(s component.Signal) bool { return slices.Contains(n.Next[s], to) })
}
