package component

import "github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"

// debugMetrics is the debug_metrics block, which every component of River has. A collector sets the detail of its own
// metrics for all components at once, under service::telemetry::metrics.
type debugMetrics struct {
	arguments.Block
	DisableHighCardinalityMetrics arguments.Arg `river:"disable_high_cardinality_metrics" type:"bool" default:"true" lost:"a collector has no such switch per component; views under service::telemetry::metrics can drop attributes"`
	Level                         arguments.Arg `river:"level" type:"string" default:"detailed" in:"alloy" lost:"set service::telemetry::metrics::level for the whole collector instead"`
}
