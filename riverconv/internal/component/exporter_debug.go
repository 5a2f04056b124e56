package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// debugExporter holds the arguments of otelcol.exporter.debug.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.exporter.debug/
type debugExporter struct {
	arguments.Block
	Verbosity          arguments.Arg `river:"verbosity" type:"string" default:"basic" was:"flow=normal" oneof:"basic normal detailed" anycase:""`
	SamplingInitial    arguments.Arg `river:"sampling_initial" type:"int" default:"2"`
	SamplingThereafter arguments.Arg `river:"sampling_thereafter" type:"int" default:"1" was:"flow=500"`
	UseInternalLogger  arguments.Arg `river:"use_internal_logger" type:"bool" default:"true" in:"alloy"`
	OutputPaths        arguments.Arg `river:"output_paths" type:"list(string)" in:"alloy"`
	DebugMetrics       debugMetrics  `river:"debug_metrics,block" in:"alloy"`
}

func init() {
	register(Component{
		Name:    "otelcol.exporter.debug",
		Section: otelcfg.Exporters,
		Type:    "debug",
		Signals: Signals,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.exporter.debug/",
	}, convertDebug)
}

// convertDebug leaves output_paths out where River ignores it and the collector rejects it.
func convertDebug(c *Conversion, args *debugExporter) []Part {
	internal := !args.UseInternalLogger.Set || args.UseInternalLogger.Value.Bool
	if internal && args.OutputPaths.Set {
		c.Diags.Warnf(args.OutputPaths.NameRange, diag.NoCounterpart,
			"set use_internal_logger = false if the paths should count",
			"argument %q has no effect with the internal logger and was left out", "output_paths")
		args.OutputPaths = arguments.Arg{}
	}
	return c.only(c.Encode(args))
}
