package riverconv

import (
	"slices"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/internal/component"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/graph"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// openDoors makes one component, the receiver otlp_balancer, of each OTLP receiver and the otlp_balancer that it alone
// feeds, straight and with all that it takes: then nothing has to be decoded. Everywhere else the exporter stays, which
// takes what a pipeline hands it.
func (a *assembly) openDoors(g *graph.Graph) {
	var end *otelcfg.ID
	for _, n := range g.Nodes {
		to := g.Straight(n)
		if to == nil || !a.isOne(n, "otlp") || !a.isOne(to, component.BalancerType) {
			continue
		}
		if end == nil {
			end = a.addEnd()
		}
		a.join(n, to)
		a.parts[to] = []component.Part{{ID: end, Signals: a.parts[to][0].Signals}}
	}
}

// isOne reports whether a node became one component, and of this type.
func (a *assembly) isOne(n *graph.Node, typ string) bool {
	return len(a.parts[n]) == 1 && a.parts[n][0].ID.Type == typ
}

// join makes the receiver of a node that which sends by itself, with the name and the settings of the other node's
// exporter, which is no component of its own any more.
func (a *assembly) join(n, to *graph.Node) {
	receiver, exporter := a.parts[n][0], a.parts[to][0]
	*receiver.ID = *exporter.ID
	receiver.Body.Merge(exporter.Body)
	components := a.config.Components
	components = slices.DeleteFunc(components, func(c otelcfg.Component) bool { return c.ID == exporter.ID })
	i := slices.IndexFunc(components, func(c otelcfg.Component) bool { return c.ID == receiver.ID })
	components[i].With = to.Name()
	components[i].Comment = strings.TrimSpace(n.Comment + "\n" + to.Comment)
	a.config.Components = components
}

// addEnd adds the exporter in which the pipelines of receivers end that send by themselves.
func (a *assembly) addEnd() *otelcfg.ID {
	end := &otelcfg.ID{Type: "nop"}
	a.config.Components = append(a.config.Components, otelcfg.Component{
		Section: otelcfg.Exporters, ID: end, Body: &otelcfg.Map{},
		Comment: "Gets nothing: receivers that balance send by themselves, but a pipeline has to end somewhere.",
	})
	return end
}
