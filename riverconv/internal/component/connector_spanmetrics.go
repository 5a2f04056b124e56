package component

import (
	"math"
	"slices"
	"time"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// spanMetrics holds the arguments of otelcol.connector.spanmetrics. River does not tell the instances of a tier apart
// by a dimension of their own, as the collector does by default.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.connector.spanmetrics/
type spanMetrics struct {
	arguments.Block
	ExcludeDimensions            arguments.Arg         `river:"exclude_dimensions" type:"list(string)"`
	DimensionsCacheSize          arguments.Arg         `river:"dimensions_cache_size" type:"int" lost:"the collector has no such cache; set aggregation_cardinality_limit in the converted configuration to bound the number of series"`
	ResourceMetricsCacheSize     arguments.Arg         `river:"resource_metrics_cache_size" type:"int" default:"1000" in:"flow@0.41 alloy"`
	ResourceMetricsKeyAttributes arguments.Arg         `river:"resource_metrics_key_attributes" type:"list(string)" in:"flow@0.41 alloy"`
	AggregationCardinalityLimit  arguments.Arg         `river:"aggregation_cardinality_limit" type:"int" in:"alloy"`
	AggregationTemporality       arguments.Arg         `river:"aggregation_temporality" type:"string" oneof:"CUMULATIVE DELTA" key:"-"`
	MetricsFlushInterval         arguments.Arg         `river:"metrics_flush_interval" type:"duration" default:"60s" was:"flow=15s; alloy@1.0=15s"`
	MetricsExpiration            arguments.Arg         `river:"metrics_expiration" type:"duration" in:"alloy"`
	SeriesExpiration             arguments.Arg         `river:"series_expiration" type:"duration" in:"alloy"`
	MetricTimestampCacheSize     arguments.Arg         `river:"metric_timestamp_cache_size" type:"int" default:"1000" in:"alloy"`
	Namespace                    arguments.Arg         `river:"namespace" type:"string" default:"traces.span.metrics" was:"flow=; alloy@1.4="`
	IncludeInstrumentationScope  arguments.Arg         `river:"include_instrumentation_scope" type:"list(string)" in:"alloy"`
	IncludeCollectorInstanceID   arguments.Arg         `river:"include_collector_instance_id" type:"bool" in:"alloy" key:"-"`
	Dimensions                   []spanMetricDimension `river:"dimension,block" key:"dimensions"`
	CallsDimensions              []spanMetricDimension `river:"calls_dimension,block" key:"calls_dimensions" in:"alloy"`
	Histogram                    spanHistogram         `river:"histogram,block,required"`
	Exemplars                    spanExemplars         `river:"exemplars,block"`
	Events                       spanEvents            `river:"events,block"`
	Output                       output                `river:"output,block,required"`
	DebugMetrics                 debugMetrics          `river:"debug_metrics,block" in:"alloy"`
}

// spanMetricDimension is a dimension or calls_dimension block.
type spanMetricDimension struct {
	arguments.Block
	Name    arguments.Arg `river:"name" type:"string"`
	Default arguments.Arg `river:"default" type:"string"`
	Glob    arguments.Arg `river:"glob" type:"string" in:"alloy"`
}

// spanHistogram is the histogram block. Without explicit and exponential, both programs use explicit default buckets.
type spanHistogram struct {
	arguments.Block
	Disable     arguments.Arg         `river:"disable" type:"bool"`
	Unit        arguments.Arg         `river:"unit" type:"string" default:"ms" oneof:"ms s"`
	Dimensions  []spanMetricDimension `river:"dimension,block" key:"dimensions" in:"alloy"`
	Exponential *spanExponential      `river:"exponential,block"`
	Explicit    *spanExplicit         `river:"explicit,block"`
}

// spanExponential is the exponential block.
type spanExponential struct {
	arguments.Block
	MaxSize arguments.Arg `river:"max_size" type:"int" default:"160" collector:""`
}

// spanExplicit is the explicit block.
type spanExplicit struct {
	arguments.Block
	Buckets arguments.Arg `river:"buckets" type:"list(duration)" default:"2ms,4ms,6ms,8ms,10ms,50ms,100ms,200ms,400ms,800ms,1s,1.4s,2s,5s,10s,15s" collector:""`
}

// spanExemplars is the exemplars block. Their number was not limited before Alloy 1.11.
type spanExemplars struct {
	arguments.Block
	Enabled         arguments.Arg `river:"enabled" type:"bool"`
	MaxPerDataPoint arguments.Arg `river:"max_per_data_point" type:"int" default:"5" was:"flow=-; alloy@1.10=-" in:"flow@0.41 alloy"`
}

// spanEvents is the events block.
type spanEvents struct {
	arguments.Block
	Enabled    arguments.Arg         `river:"enabled" type:"bool"`
	Dimensions []spanMetricDimension `river:"dimension,block" key:"dimensions"`
}

func init() {
	register(Component{
		Name:     "otelcol.connector.spanmetrics",
		Section:  otelcfg.Connectors,
		Type:     "span_metrics",
		Signals:  []Signal{Traces},
		Produces: []Signal{Metrics},
		Doc:      "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.connector.spanmetrics/",
	}, convertSpanMetrics)
}

// instanceDimension is the dimension by which the collector tells its instances apart.
const instanceDimension = "collector.instance.id"

func convertSpanMetrics(c *Conversion, args *spanMetrics) []Part {
	body := c.Encode(args)
	if !args.IncludeCollectorInstanceID.Value.Bool {
		excluded := arguments.TextsOf(args.ExcludeDimensions)
		if !slices.Contains(arguments.Literals(args.ExcludeDimensions), instanceDimension) {
			excluded.Items = append(excluded.Items, otelcfg.Item{Value: otelcfg.Literal(instanceDimension)})
		}
		body.Set("exclude_dimensions", excluded, args.ExcludeDimensions.NameRange, args.ExcludeDimensions.Comment)
	}
	if t := args.AggregationTemporality; t.Set {
		// The collector takes any text it does not know for cumulative, so a variable would fail in silence.
		if t.Value.Symbolic() {
			c.Diags.Warnf(t.Value.Range, diag.ReadsOtherUnit, "set the variable to CUMULATIVE or DELTA, as before",
				"aggregation_temporality: the collector's names are longer; the prefix is written in front of the variable")
		}
		text := otelcfg.Literal("AGGREGATION_TEMPORALITY_").Append(arguments.TextOf(t))
		body.Set("aggregation_temporality", text, t.Value.Range, t.Comment)
	}
	if args.Exemplars.Enabled.Value.Bool && !args.Exemplars.MaxPerDataPoint.Set && unlimitedExemplars(c) {
		body.Set("exemplars.max_per_data_point", otelcfg.Int(math.MaxInt32), args.Exemplars.NameRange, "")
	}
	if interval := args.MetricsFlushInterval; interval.Set && !interval.Value.Symbolic() {
		if d, err := time.ParseDuration(interval.Text()); err == nil && d <= 0 {
			c.Diags.Errorf(interval.Value.Range, diag.InvalidValue, `write a duration such as "60s"`,
				"metrics_flush_interval cannot be %q", interval.Text())
		}
	}
	return c.only(body)
}

// unlimitedExemplars reports whether the dialect's release had no limit on exemplars.
func unlimitedExemplars(c *Conversion) bool {
	_, limited := arguments.DefaultIn(&spanExemplars{}, "max_per_data_point", c.Dialect)
	return !limited
}
