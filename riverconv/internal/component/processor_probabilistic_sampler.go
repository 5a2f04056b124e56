package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// probabilisticSampler holds the arguments of otelcol.processor.probabilistic_sampler. Alloy's page names proportional
// as the default mode; its code leaves the mode empty, which means hash_seed in both programs.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.processor.probabilistic_sampler/
type probabilisticSampler struct {
	arguments.Block
	SamplingPercentage arguments.Arg `river:"sampling_percentage" type:"float" default:"0"`
	HashSeed           arguments.Arg `river:"hash_seed" type:"uint" default:"0"`
	Mode               arguments.Arg `river:"mode" type:"string" in:"alloy" oneof:"proportional equalizing hash_seed ''"`
	FailClosed         arguments.Arg `river:"fail_closed" type:"bool" default:"true" in:"alloy"`
	SamplingPrecision  arguments.Arg `river:"sampling_precision" type:"int" default:"4" in:"alloy"`
	AttributeSource    arguments.Arg `river:"attribute_source" type:"string" default:"traceID" oneof:"traceID record"`
	FromAttribute      arguments.Arg `river:"from_attribute" type:"string"`
	SamplingPriority   arguments.Arg `river:"sampling_priority" type:"string"`
	Output             output        `river:"output,block,required"`
	DebugMetrics       debugMetrics  `river:"debug_metrics,block" in:"alloy"`
}

func init() {
	register[probabilisticSampler](Component{
		Name:    "otelcol.processor.probabilistic_sampler",
		Section: otelcfg.Processors,
		Type:    "probabilistic_sampler",
		Signals: []Signal{Traces, Logs},
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.probabilistic_sampler/",
	}, nil)
}
