package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// transformProcessor holds the arguments of otelcol.processor.transform. The statements are written in OTTL and passed
// on as they are; the collector's validation knows which of them have changed.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.transform/
type transformProcessor struct {
	arguments.Block
	ErrorMode        arguments.Arg         `river:"error_mode" type:"string" default:"ignore" was:"flow=propagate; alloy@1.17=propagate" oneof:"ignore silent propagate"`
	TraceStatements  []transformStatements `river:"trace_statements,block"`
	MetricStatements []transformStatements `river:"metric_statements,block"`
	LogStatements    []transformStatements `river:"log_statements,block"`
	Statements       *transformFlat        `river:"statements,block" key:"-" in:"alloy"`
	Output           output                `river:"output,block,required"`
	DebugMetrics     debugMetrics          `river:"debug_metrics,block" in:"alloy"`
}

// transformStatements is a trace_statements, metric_statements or log_statements block: statements in one context.
type transformStatements struct {
	arguments.Block
	Context    arguments.Arg `river:"context,required" type:"string"`
	Conditions arguments.Arg `river:"conditions" type:"list(string)" in:"alloy"`
	Statements arguments.Arg `river:"statements,required" type:"list(string)"`
	ErrorMode  arguments.Arg `river:"error_mode" type:"string" in:"alloy" oneof:"ignore silent propagate"`
}

// transformFlat is the statements block: statements whose paths tell their context.
type transformFlat struct {
	arguments.Block
	Trace  arguments.Arg `river:"trace" type:"list(string)"`
	Metric arguments.Arg `river:"metric" type:"list(string)"`
	Log    arguments.Arg `river:"log" type:"list(string)"`
}

func init() {
	register(Component{
		Name:    "otelcol.processor.transform",
		Section: otelcfg.Processors,
		Type:    "transform",
		Signals: Signals,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.transform/",
	}, convertTransform)
}

// convertTransform appends the statements block behind the others, as a group without a context: the collector takes no
// list that mixes groups and plain statements.
func convertTransform(c *Conversion, args *transformProcessor) []Part {
	body := c.Encode(args)
	if flat := args.Statements; flat != nil {
		for _, group := range []struct {
			key        string
			statements arguments.Arg
		}{{"trace_statements", flat.Trace}, {"metric_statements", flat.Metric}, {"log_statements", flat.Log}} {
			if group.statements.Empty() {
				continue
			}
			item := &otelcfg.Map{}
			item.Set("statements", arguments.TextsOf(group.statements), group.statements.Value.Range, group.statements.Comment)
			body.Append(group.key, otelcfg.Item{Value: item, Range: group.statements.NameRange})
		}
	}
	return c.only(body)
}
