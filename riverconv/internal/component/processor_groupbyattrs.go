package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// groupByAttrs holds the arguments of otelcol.processor.groupbyattrs. Without keys it merges equal resources.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.processor.groupbyattrs/
type groupByAttrs struct {
	arguments.Block
	Keys         arguments.Arg `river:"keys" type:"list(string)"`
	Output       output        `river:"output,block,required"`
	DebugMetrics debugMetrics  `river:"debug_metrics,block"`
}

func init() {
	register[groupByAttrs](Component{
		Name:    "otelcol.processor.groupbyattrs",
		Section: otelcfg.Processors,
		Type:    "groupbyattrs",
		In:      dialect.Alloy,
		Signals: Signals,
		Outside: true,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.processor.groupbyattrs/",
	}, nil)
}
