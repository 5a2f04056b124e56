package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// cumulativeToDelta holds the arguments of otelcol.processor.cumulativetodelta. River never forgets a series; the
// collector forgets one that was not seen for an hour.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.processor.cumulativetodelta/
type cumulativeToDelta struct {
	arguments.Block
	MaxStaleness arguments.Arg `river:"max_staleness" type:"duration" default:"0s" collector:"1h"`
	InitialValue arguments.Arg `river:"initial_value" type:"string" default:"auto" oneof:"auto keep drop"`
	Include      deltaMatch    `river:"include,block"`
	Exclude      deltaMatch    `river:"exclude,block"`
	Output       output        `river:"output,block,required"`
	DebugMetrics debugMetrics  `river:"debug_metrics,block"`
}

// deltaMatch is the include or exclude block: which metrics are converted.
type deltaMatch struct {
	arguments.Block
	Metrics     arguments.Arg `river:"metrics" type:"list(string)"`
	MatchType   arguments.Arg `river:"match_type" type:"string" oneof:"strict regexp ''"`
	MetricTypes arguments.Arg `river:"metric_types" type:"list(string)" oneof:"sum histogram"`
}

func init() {
	register(Component{
		Name:    "otelcol.processor.cumulativetodelta",
		Section: otelcfg.Processors,
		Type:    "cumulative_to_delta",
		In:      dialect.Alloy,
		Signals: []Signal{Metrics},
		Outside: true,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.processor.cumulativetodelta/",
	}, convertCumulativeToDelta)
}

func convertCumulativeToDelta(c *Conversion, args *cumulativeToDelta) []Part {
	for _, match := range []deltaMatch{args.Include, args.Exclude} {
		switch {
		case !match.Metrics.Empty() && match.MatchType.Empty():
			c.Diags.Errorf(match.NameRange, diag.MissingArgument, `add match_type = "strict" or match_type = "regexp"`,
				"argument %q is required beside %q", "match_type", "metrics")
		case match.Metrics.Empty() && !match.MatchType.Empty():
			c.Diags.Errorf(match.NameRange, diag.MissingArgument, "add the names of metrics, or remove match_type",
				"argument %q is required beside %q", "metrics", "match_type")
		}
	}
	return c.only(c.Encode(args))
}
