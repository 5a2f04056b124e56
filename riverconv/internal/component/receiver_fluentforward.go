package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// fluentForward holds the arguments of otelcol.receiver.fluentforward.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.receiver.fluentforward/
type fluentForward struct {
	arguments.Block
	Endpoint     arguments.Arg `river:"endpoint,required" type:"string"`
	Output       logsOutput    `river:"output,block,required"`
	DebugMetrics debugMetrics  `river:"debug_metrics,block"`
}

// logsOutput is the output block of a component that knows no other signal.
type logsOutput struct {
	arguments.Block
	Logs arguments.Arg `river:"logs" type:"consumers"`
}

func init() {
	register[fluentForward](Component{
		Name:    "otelcol.receiver.fluentforward",
		Section: otelcfg.Receivers,
		Type:    "fluent_forward",
		In:      dialect.Alloy,
		Signals: []Signal{Logs},
		Outside: true,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.receiver.fluentforward/",
	}, nil)
}
