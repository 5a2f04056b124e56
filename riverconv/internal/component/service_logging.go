package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// loggingService holds the arguments of the logging block, which says how Agent Flow or Alloy logs about itself.
// https://grafana.com/docs/agent/v0.40/flow/reference/config-blocks/logging/
type loggingService struct {
	arguments.Block
	Level       arguments.Arg `river:"level" type:"string" default:"info" oneof:"debug info warn error"`
	Format      arguments.Arg `river:"format" type:"string" default:"logfmt" oneof:"logfmt json" key:"-"`
	Destination arguments.Arg `river:"destination" type:"string" default:"stderr" in:"alloy" oneof:"stderr stdout" key:"-"`
	WriteTo     arguments.Arg `river:"write_to" type:"consumers" lost:"set service::telemetry::logs::processors to send the collector's own logs over OTLP"`
}

const loggingBlock = "logging"

// loadLogging turns the logging block into service::telemetry::logs.
func (l *loader) loadLogging(block eval.Block) {
	if l.logs != nil {
		l.diags.Errorf(block.NameRange, diag.Duplicate, "keep one of them", "block %q is given twice", loggingBlock)
		return
	}
	var args loggingService
	arguments.Decode(block, &args, l.dialect, l.diags)
	l.logs = arguments.Encode(&args, l.dialect, nil)
	switch format := args.Format; {
	case !format.Set:
	case format.Text() == "json":
		l.logs.Set("encoding", otelcfg.Literal("json"), format.Value.Range, format.Comment)
	default:
		l.diags.Warnf(format.NameRange, diag.NoCounterpart, `use json for logs that programs read`,
			"the collector cannot write its own logs as logfmt; it writes lines for people")
	}
	if destination := args.Destination; destination.Set && destination.Text() != "stderr" {
		paths := &otelcfg.List{Items: []otelcfg.Item{{Value: arguments.TextOf(destination), Range: destination.Value.Range}}}
		l.logs.Set("output_paths", paths, destination.Value.Range, destination.Comment)
	}
}
