package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// attributesProcessor holds the arguments of otelcol.processor.attributes.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.attributes/
type attributesProcessor struct {
	arguments.Block
	Include      *matchProperties  `river:"include,block"`
	Exclude      *matchProperties  `river:"exclude,block"`
	Actions      []attributeAction `river:"action,block" key:"actions"`
	Output       output            `river:"output,block,required"`
	DebugMetrics debugMetrics      `river:"debug_metrics,block" in:"alloy"`
}

// attributeAction is an action block; the blocks apply in order.
type attributeAction struct {
	arguments.Block
	Key           arguments.Arg `river:"key" type:"string"`
	Value         arguments.Arg `river:"value" type:"any"`
	Pattern       arguments.Arg `river:"pattern" type:"string"`
	FromAttribute arguments.Arg `river:"from_attribute" type:"string"`
	FromContext   arguments.Arg `river:"from_context" type:"string"`
	ConvertedType arguments.Arg `river:"converted_type" type:"string"`
	Action        arguments.Arg `river:"action,required" type:"string" oneof:"insert update upsert delete hash extract convert" anycase:""`
}

func init() {
	register(Component{
		Name:    "otelcol.processor.attributes",
		Section: otelcfg.Processors,
		Type:    "attributes",
		Signals: Signals,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.attributes/",
	}, convertAttributes)
}

func convertAttributes(c *Conversion, args *attributesProcessor) []Part {
	for _, action := range args.Actions {
		// Agent Flow requires the key; Alloy does not for actions by pattern alone.
		if action.Key.Empty() && action.Pattern.Empty() {
			c.Diags.Errorf(action.NameRange, diag.MissingArgument, `add a line such as: key = "text"`,
				"argument %q is required in %q", "key", "action")
		}
	}
	body := c.Encode(args)
	encodeSeverity(body, "include", args.Include, c.Diags)
	encodeSeverity(body, "exclude", args.Exclude, c.Diags)
	return c.only(body)
}
