package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// filterProcessor holds the arguments of otelcol.processor.filter. The conditions are written in OTTL and passed on as
// they are; the collector's validation knows which of them have changed.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.filter/
type filterProcessor struct {
	arguments.Block
	ErrorMode        arguments.Arg      `river:"error_mode" type:"string" default:"ignore" was:"flow=propagate; alloy@1.17=propagate" oneof:"ignore silent propagate"`
	Traces           filterTraces       `river:"traces,block"`
	Metrics          filterMetrics      `river:"metrics,block"`
	Logs             filterLogs         `river:"logs,block"`
	TraceConditions  []filterConditions `river:"trace_conditions,block" in:"alloy"`
	MetricConditions []filterConditions `river:"metric_conditions,block" in:"alloy"`
	LogConditions    []filterConditions `river:"log_conditions,block" in:"alloy"`
	Output           output             `river:"output,block,required"`
	DebugMetrics     debugMetrics       `river:"debug_metrics,block" in:"alloy"`
}

// filterTraces is the traces block.
type filterTraces struct {
	arguments.Block
	Span      arguments.Arg `river:"span" type:"list(string)"`
	SpanEvent arguments.Arg `river:"spanevent" type:"list(string)"`
}

// filterMetrics is the metrics block.
type filterMetrics struct {
	arguments.Block
	Metric    arguments.Arg `river:"metric" type:"list(string)"`
	Datapoint arguments.Arg `river:"datapoint" type:"list(string)"`
}

// filterLogs is the logs block.
type filterLogs struct {
	arguments.Block
	LogRecord arguments.Arg `river:"log_record" type:"list(string)"`
}

// filterConditions is a trace_conditions, metric_conditions or log_conditions block of Alloy.
type filterConditions struct {
	arguments.Block
	Context    arguments.Arg `river:"context" type:"string"`
	Conditions arguments.Arg `river:"conditions,required" type:"list(string)"`
}

func init() {
	register[filterProcessor](Component{
		Name:    "otelcol.processor.filter",
		Section: otelcfg.Processors,
		Type:    "filter",
		Signals: Signals,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.filter/",
	}, nil)
}
