package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// loggingExporter holds the arguments of otelcol.exporter.logging. The collector's logging exporter is gone, as is that
// of Alloy from 1.5; debug took its place.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.logging/
type loggingExporter struct {
	arguments.Block
	Verbosity          arguments.Arg `river:"verbosity" type:"string" default:"normal" collector:"basic" oneof:"basic normal detailed" anycase:""`
	SamplingInitial    arguments.Arg `river:"sampling_initial" type:"int" default:"2"`
	SamplingThereafter arguments.Arg `river:"sampling_thereafter" type:"int" default:"500" collector:"1"`
	DebugMetrics       debugMetrics  `river:"debug_metrics,block"`
}

func init() {
	register(Component{
		Name:    "otelcol.exporter.logging",
		Section: otelcfg.Exporters,
		Type:    "debug",
		Last:    dialect.Dialect{Name: dialect.Alloy, Version: dialect.Version{Major: 1, Minor: 4}},
		Signals: Signals,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.logging/",
	}, convertLogging)
}

func convertLogging(c *Conversion, args *loggingExporter) []Part {
	c.Diags.Warnf(c.Range, diag.DocsDiffer,
		"set sampling_thereafter to the value of sampling_initial to see as many messages as before",
		"sampling_thereafter is honoured now, as documented; %s put sampling_initial in its place", c.Dialect.Product())
	return c.only(c.Encode(args))
}
