package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// metricStartTime holds the arguments of otelcol.processor.metric_start_time.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.processor.metric_start_time/
type metricStartTime struct {
	arguments.Block
	Strategy             arguments.Arg `river:"strategy" type:"string" default:"true_reset_point" oneof:"true_reset_point subtract_initial_point start_time_metric"`
	GCInterval           arguments.Arg `river:"gc_interval" type:"duration" default:"10m"`
	StartTimeMetricRegex arguments.Arg `river:"start_time_metric_regex" type:"string"`
	Output               output        `river:"output,block,required"`
	DebugMetrics         debugMetrics  `river:"debug_metrics,block"`
}

func init() {
	register[metricStartTime](Component{
		Name:    "otelcol.processor.metric_start_time",
		Section: otelcfg.Processors,
		Type:    "metric_start_time",
		In:      dialect.Alloy,
		Signals: []Signal{Metrics},
		Outside: true,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.processor.metric_start_time/",
	}, nil)
}
