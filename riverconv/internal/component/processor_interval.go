package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// intervalProcessor holds the arguments of otelcol.processor.interval.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.processor.interval/
type intervalProcessor struct {
	arguments.Block
	Interval     arguments.Arg       `river:"interval" type:"duration" default:"60s"`
	Passthrough  intervalPassthrough `river:"passthrough,block" key:"pass_through"`
	Output       output              `river:"output,block,required"`
	DebugMetrics debugMetrics        `river:"debug_metrics,block"`
}

// intervalPassthrough is the passthrough block: which kinds of metrics are not held back.
type intervalPassthrough struct {
	arguments.Block
	Gauge   arguments.Arg `river:"gauge" type:"bool" default:"false"`
	Summary arguments.Arg `river:"summary" type:"bool" default:"false"`
}

func init() {
	register[intervalProcessor](Component{
		Name:    "otelcol.processor.interval",
		Section: otelcfg.Processors,
		Type:    "interval",
		In:      dialect.Alloy,
		Signals: []Signal{Metrics},
		Outside: true,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.processor.interval/",
	}, nil)
}
