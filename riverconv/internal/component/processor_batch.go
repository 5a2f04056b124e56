package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// batchProcessor holds the arguments of otelcol.processor.batch. Alloy made the batches smaller in 1.11.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.batch/
type batchProcessor struct {
	arguments.Block
	Timeout                  arguments.Arg `river:"timeout" type:"duration" default:"200ms"`
	SendBatchSize            arguments.Arg `river:"send_batch_size" type:"uint" default:"2000" was:"flow=8192; alloy@1.10=8192" collector:"8192"`
	SendBatchMaxSize         arguments.Arg `river:"send_batch_max_size" type:"uint" default:"3000" was:"flow=0; alloy@1.10=0" collector:"0"`
	MetadataKeys             arguments.Arg `river:"metadata_keys" type:"list(string)"`
	MetadataCardinalityLimit arguments.Arg `river:"metadata_cardinality_limit" type:"uint" default:"1000"`
	Output                   output        `river:"output,block,required"`
	DebugMetrics             debugMetrics  `river:"debug_metrics,block" in:"alloy"`
}

func init() {
	register[batchProcessor](Component{
		Name:    "otelcol.processor.batch",
		Section: otelcfg.Processors,
		Type:    "batch",
		Signals: Signals,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.batch/",
	}, nil)
}
