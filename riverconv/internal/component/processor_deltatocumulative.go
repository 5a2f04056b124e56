package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// deltaToCumulative holds the arguments of otelcol.processor.deltatocumulative.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.processor.deltatocumulative/
type deltaToCumulative struct {
	arguments.Block
	MaxStale     arguments.Arg `river:"max_stale" type:"duration" default:"5m"`
	MaxStreams   arguments.Arg `river:"max_streams" type:"uint" default:"9223372036854775807"`
	Output       output        `river:"output,block,required"`
	DebugMetrics debugMetrics  `river:"debug_metrics,block"`
}

func init() {
	register[deltaToCumulative](Component{
		Name:    "otelcol.processor.deltatocumulative",
		Section: otelcfg.Processors,
		Type:    "delta_to_cumulative",
		In:      dialect.Alloy,
		Signals: []Signal{Metrics},
		Outside: true,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.processor.deltatocumulative/",
	}, nil)
}
