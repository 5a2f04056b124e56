package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// spanProcessor holds the arguments of otelcol.processor.span.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.span/
type spanProcessor struct {
	arguments.Block
	Include      *matchProperties `river:"include,block"`
	Exclude      *matchProperties `river:"exclude,block"`
	Name         spanName         `river:"name,block"`
	Status       *spanStatus      `river:"status,block"`
	Output       output           `river:"output,block,required"`
	DebugMetrics debugMetrics     `river:"debug_metrics,block" in:"alloy"`
}

// spanName is the name block: how to name spans, or to take their names apart.
type spanName struct {
	arguments.Block
	FromAttributes arguments.Arg     `river:"from_attributes" type:"list(string)"`
	Separator      arguments.Arg     `river:"separator" type:"string"`
	ToAttributes   *spanToAttributes `river:"to_attributes,block"`
}

// spanToAttributes is the to_attributes block.
type spanToAttributes struct {
	arguments.Block
	Rules            arguments.Arg `river:"rules,required" type:"list(string)"`
	BreakAfterMatch  arguments.Arg `river:"break_after_match" type:"bool"`
	KeepOriginalName arguments.Arg `river:"keep_original_name" type:"bool" in:"alloy"`
}

// spanStatus is the status block.
type spanStatus struct {
	arguments.Block
	Code        arguments.Arg `river:"code,required" type:"string" oneof:"Ok Error Unset"`
	Description arguments.Arg `river:"description" type:"string"`
}

func init() {
	register(Component{
		Name:    "otelcol.processor.span",
		Section: otelcfg.Processors,
		Type:    "span",
		Signals: []Signal{Traces},
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.span/",
	}, convertSpan)
}

func convertSpan(c *Conversion, args *spanProcessor) []Part {
	body := c.Encode(args)
	encodeSeverity(body, "include", args.Include, c.Diags)
	encodeSeverity(body, "exclude", args.Exclude, c.Diags)
	return c.only(body)
}
