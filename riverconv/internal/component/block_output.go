package component

import "github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"

// output is the output block: where a component sends each signal. It becomes service::pipelines.
type output struct {
	arguments.Block
	Metrics arguments.Arg `river:"metrics" type:"consumers"`
	Logs    arguments.Arg `river:"logs" type:"consumers"`
	Traces  arguments.Arg `river:"traces" type:"consumers"`
}
