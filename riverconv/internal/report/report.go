// Package report writes an account of a conversion for people: what became what, and what to look at.
package report

import (
	"fmt"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/graph"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// Markdown returns the account of a conversion and its diagnostics.
func Markdown(d dialect.Dialect, g *graph.Graph, c *otelcfg.Config, diags diag.List) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Conversion report\n\nRead as %s %s.\n", d.Product(), d.Version)
	writeComponents(&b, g, c)
	writePipelines(&b, c)
	writeDiagnostics(&b, diags)
	return b.String()
}

// writeComponents says of each component of River what it became.
// A forward connector stands with the component whose paths it joins.
func writeComponents(b *strings.Builder, g *graph.Graph, c *otelcfg.Config) {
	b.WriteString("\n## Components\n\n| River | Place | Collector |\n|---|---|---|\n")
	became := map[string][]string{} // by River's name
	for _, comp := range c.Components {
		what := fmt.Sprintf("`%s::%s`", comp.Section, comp.ID)
		became[comp.From] = append(became[comp.From], what)
		if comp.With != "" {
			became[comp.With] = append(became[comp.With], "part of "+what)
		}
	}
	if c.Traces != nil {
		for _, n := range g.Own {
			became[n.Name()] = append(became[n.Name()], "`service::telemetry::traces`")
		}
	}
	for _, n := range g.Nodes {
		for _, sink := range n.Behind {
			if n.Runs() {
				became[sink.Name()] = append(became[sink.Name()], "part of "+strings.Join(became[n.Name()], ", "))
			}
		}
	}
	for _, n := range g.Nodes {
		what := strings.Join(became[n.Name()], ", ")
		if what == "" {
			what = "left out"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", n.Name(), n.Range, what)
	}
}

func writePipelines(b *strings.Builder, c *otelcfg.Config) {
	b.WriteString("\n## Pipelines\n\n| Pipeline | Receivers | Processors | Exporters |\n|---|---|---|---|\n")
	for _, p := range c.Pipelines {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", p.Name, names(p.Receivers), names(p.Processors), names(p.Exporters))
	}
}

func names(ids []*otelcfg.ID) string {
	var all []string
	for _, id := range ids {
		all = append(all, "`"+id.String()+"`")
	}
	return strings.Join(all, ", ")
}

func writeDiagnostics(b *strings.Builder, diags diag.List) {
	b.WriteString("\n## To look at\n\n")
	if len(diags) == 0 {
		b.WriteString("Nothing: the conversion found no difference to report.\n")
	}
	for _, d := range diags {
		fmt.Fprintf(b, "- %s: %s (`%s`)\n  What to do: %s.\n", d.Range, d.Summary, d.Code, d.Detail)
	}
}
