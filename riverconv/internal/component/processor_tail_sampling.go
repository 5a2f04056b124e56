package component

import (
	"slices"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/nearest"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// tailSampling holds the arguments of otelcol.processor.tail_sampling.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.tail_sampling/
type tailSampling struct {
	arguments.Block
	DecisionWait                  arguments.Arg    `river:"decision_wait" type:"duration" default:"30s"`
	DecisionWaitAfterRootReceived arguments.Arg    `river:"decision_wait_after_root_received" type:"duration" in:"alloy"`
	NumTraces                     arguments.Arg    `river:"num_traces" type:"uint" default:"50000"`
	BlockOnOverflow               arguments.Arg    `river:"block_on_overflow" type:"bool" in:"alloy"`
	ExpectedNewTracesPerSec       arguments.Arg    `river:"expected_new_traces_per_sec" type:"uint"`
	SampleOnFirstMatch            arguments.Arg    `river:"sample_on_first_match" type:"bool" in:"alloy"`
	DropPendingTracesOnShutdown   arguments.Arg    `river:"drop_pending_traces_on_shutdown" type:"bool" in:"alloy"`
	MaximumTraceSizeBytes         arguments.Arg    `river:"maximum_trace_size_bytes" type:"uint" in:"alloy"`
	DecisionCache                 arguments.Arg    `river:"decision_cache" type:"map(int)" in:"alloy"`
	Policies                      []samplingPolicy `river:"policy,block,required" key:"policies"`
	Output                        output           `river:"output,block,required"`
	DebugMetrics                  debugMetrics     `river:"debug_metrics,block" in:"alloy"`
}

// samplingPolicy is a policy block. Its type says which of the blocks in it counts.
type samplingPolicy struct {
	arguments.Block
	Name       arguments.Arg      `river:"name,required" type:"string"`
	Type       arguments.Arg      `river:"type,required" type:"string" oneof:"always_sample boolean_attribute bytes_limiting latency numeric_attribute ottl_condition probabilistic rate_limiting span_count status_code string_attribute trace_state trace_flags and composite drop not"`
	Conditions samplingConditions `river:",squash"`
	And        *samplingAnd       `river:"and,block"`
	Composite  *samplingComposite `river:"composite,block"`
	Drop       *samplingDrop      `river:"drop,block" in:"alloy"`
	Not        *samplingNot       `river:"not,block" in:"alloy"`
}

// samplingSubPolicy is a policy inside an and, drop or not block.
type samplingSubPolicy struct {
	arguments.Block
	Name       arguments.Arg      `river:"name,required" type:"string"`
	Type       arguments.Arg      `river:"type,required" type:"string" oneof:"always_sample boolean_attribute bytes_limiting latency numeric_attribute ottl_condition probabilistic rate_limiting span_count status_code string_attribute trace_state trace_flags"`
	Conditions samplingConditions `river:",squash"`
}

// samplingCompositePolicy is a policy inside a composite block.
type samplingCompositePolicy struct {
	arguments.Block
	Name       arguments.Arg      `river:"name,required" type:"string"`
	Type       arguments.Arg      `river:"type,required" type:"string" oneof:"always_sample boolean_attribute bytes_limiting latency numeric_attribute ottl_condition probabilistic rate_limiting span_count status_code string_attribute trace_state trace_flags and"`
	Conditions samplingConditions `river:",squash"`
	And        *samplingAnd       `river:"and,block"`
}

// samplingConditions holds the blocks that policies of all levels have.
type samplingConditions struct {
	BooleanAttribute *samplingBoolean       `river:"boolean_attribute,block"`
	BytesLimiting    *samplingBytesLimiting `river:"bytes_limiting,block" in:"alloy"`
	Latency          *samplingLatency       `river:"latency,block"`
	NumericAttribute *samplingNumeric       `river:"numeric_attribute,block"`
	OTTLCondition    *samplingOTTL          `river:"ottl_condition,block"`
	Probabilistic    *samplingProbabilistic `river:"probabilistic,block"`
	RateLimiting     *samplingRateLimiting  `river:"rate_limiting,block"`
	SpanCount        *samplingSpanCount     `river:"span_count,block"`
	StatusCode       *samplingStatusCode    `river:"status_code,block"`
	StringAttribute  *samplingString        `river:"string_attribute,block"`
	TraceState       *samplingTraceState    `river:"trace_state,block"`
}

// samplingAnd is the and block.
type samplingAnd struct {
	arguments.Block
	SubPolicies []samplingSubPolicy `river:"and_sub_policy,block,required"`
}

// samplingDrop is the drop block.
type samplingDrop struct {
	arguments.Block
	SubPolicies []samplingSubPolicy `river:"drop_sub_policy,block,required"`
}

// samplingNot is the not block.
type samplingNot struct {
	arguments.Block
	SubPolicy *samplingSubPolicy `river:"not_sub_policy,block,required"`
}

// samplingComposite is the composite block: policies that share a rate.
type samplingComposite struct {
	arguments.Block
	MaxTotalSpansPerSecond arguments.Arg             `river:"max_total_spans_per_second,required" type:"int"`
	PolicyOrder            arguments.Arg             `river:"policy_order,required" type:"list(string)"`
	SubPolicies            []samplingCompositePolicy `river:"composite_sub_policy,block"`
	RateAllocations        []samplingRateAllocation  `river:"rate_allocation,block"`
}

// samplingRateAllocation is a rate_allocation block.
type samplingRateAllocation struct {
	arguments.Block
	Policy  arguments.Arg `river:"policy,required" type:"string"`
	Percent arguments.Arg `river:"percent,required" type:"int"`
}

// samplingBoolean is the boolean_attribute block.
type samplingBoolean struct {
	arguments.Block
	Key         arguments.Arg `river:"key,required" type:"string"`
	Value       arguments.Arg `river:"value,required" type:"bool"`
	InvertMatch arguments.Arg `river:"invert_match" type:"bool" in:"alloy"`
}

// samplingBytesLimiting is the bytes_limiting block.
type samplingBytesLimiting struct {
	arguments.Block
	BytesPerSecond arguments.Arg `river:"bytes_per_second,required" type:"int"`
	BurstCapacity  arguments.Arg `river:"burst_capacity" type:"int"`
}

// samplingLatency is the latency block.
type samplingLatency struct {
	arguments.Block
	ThresholdMs      arguments.Arg `river:"threshold_ms,required" type:"int"`
	UpperThresholdMs arguments.Arg `river:"upper_threshold_ms" type:"int" in:"flow@0.41 alloy"`
}

// samplingNumeric is the numeric_attribute block.
type samplingNumeric struct {
	arguments.Block
	Key         arguments.Arg `river:"key,required" type:"string"`
	MinValue    arguments.Arg `river:"min_value,required" type:"int"`
	MaxValue    arguments.Arg `river:"max_value,required" type:"int"`
	InvertMatch arguments.Arg `river:"invert_match" type:"bool" in:"flow@0.41 alloy"`
}

// samplingOTTL is the ottl_condition block.
type samplingOTTL struct {
	arguments.Block
	ErrorMode arguments.Arg `river:"error_mode,required" type:"string" oneof:"ignore silent propagate"`
	Span      arguments.Arg `river:"span" type:"list(string)"`
	SpanEvent arguments.Arg `river:"spanevent" type:"list(string)"`
}

// samplingProbabilistic is the probabilistic block.
type samplingProbabilistic struct {
	arguments.Block
	HashSalt           arguments.Arg `river:"hash_salt" type:"string"`
	SamplingPercentage arguments.Arg `river:"sampling_percentage,required" type:"float"`
}

// samplingRateLimiting is the rate_limiting block.
type samplingRateLimiting struct {
	arguments.Block
	SpansPerSecond arguments.Arg `river:"spans_per_second,required" type:"int"`
	BurstCapacity  arguments.Arg `river:"burst_capacity" type:"int" in:"alloy"`
}

// samplingSpanCount is the span_count block.
type samplingSpanCount struct {
	arguments.Block
	MinSpans arguments.Arg `river:"min_spans,required" type:"int"`
	MaxSpans arguments.Arg `river:"max_spans" type:"int" in:"flow@0.41 alloy"`
}

// samplingStatusCode is the status_code block.
type samplingStatusCode struct {
	arguments.Block
	StatusCodes arguments.Arg `river:"status_codes,required" type:"list(string)" oneof:"OK ERROR UNSET"`
}

// samplingString is the string_attribute block.
type samplingString struct {
	arguments.Block
	Key                  arguments.Arg `river:"key,required" type:"string"`
	Values               arguments.Arg `river:"values,required" type:"list(string)"`
	EnabledRegexMatching arguments.Arg `river:"enabled_regex_matching" type:"bool"`
	CacheMaxSize         arguments.Arg `river:"cache_max_size" type:"int"`
	InvertMatch          arguments.Arg `river:"invert_match" type:"bool"`
}

// samplingTraceState is the trace_state block.
type samplingTraceState struct {
	arguments.Block
	Key    arguments.Arg `river:"key,required" type:"string"`
	Values arguments.Arg `river:"values,required" type:"list(string)"`
}

func init() {
	register(Component{
		Name:    "otelcol.processor.tail_sampling",
		Section: otelcfg.Processors,
		Type:    "tail_sampling",
		Signals: []Signal{Traces},
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.tail_sampling/",
	}, convertTailSampling)
}

// cacheSizes are the fields of decision_cache.
var cacheSizes = []string{"sampled_cache_size", "non_sampled_cache_size"}

func convertTailSampling(c *Conversion, args *tailSampling) []Part {
	for _, f := range args.DecisionCache.Value.Fields {
		if !slices.Contains(cacheSizes, f.Name) {
			c.Diags.Errorf(f.Value.Range, diag.UnknownArgument, nearest.Hint(f.Name, cacheSizes, "use sampled_cache_size"),
				"unknown field %q in decision_cache", f.Name)
		}
	}
	for i := range args.Policies {
		p := &args.Policies[i]
		adaptConditions(c, &p.Conditions)
		if p.And != nil {
			adaptSubPolicies(c, p.And.SubPolicies)
		}
		if p.Drop != nil {
			adaptSubPolicies(c, p.Drop.SubPolicies)
		}
		if p.Not != nil && p.Not.SubPolicy != nil {
			adaptConditions(c, &p.Not.SubPolicy.Conditions)
		}
		if p.Composite != nil {
			adaptComposite(c, p.Composite.SubPolicies)
		}
	}
	return c.only(c.Encode(args))
}

func adaptSubPolicies(c *Conversion, policies []samplingSubPolicy) {
	for i := range policies {
		adaptConditions(c, &policies[i].Conditions)
	}
}

func adaptComposite(c *Conversion, policies []samplingCompositePolicy) {
	for i := range policies {
		adaptConditions(c, &policies[i].Conditions)
		if policies[i].And != nil {
			adaptSubPolicies(c, policies[i].And.SubPolicies)
		}
	}
}

// adaptConditions bends conditions so that the collector decides as River did, and tells where it cannot.
func adaptConditions(c *Conversion, conditions *samplingConditions) {
	if b := conditions.BooleanAttribute; b != nil && b.InvertMatch.Set {
		c.Diags.Warnf(b.InvertMatch.NameRange, diag.DocsDiffer, "remove it to keep Alloy's decisions",
			"invert_match is honoured now, as documented; Alloy did not pass it on")
	}
	if c.Dialect.Name != dialect.Flow {
		return
	}
	if r := conditions.RateLimiting; r != nil && r.SpansPerSecond.Set {
		// Agent Flow let through at most the rate in each second; the collector allows bursts of twice as much.
		r.BurstCapacity = r.SpansPerSecond
	}
	if l := conditions.Latency; l != nil && l.ThresholdMs.Set && l.UpperThresholdMs.Empty() {
		lowerThreshold(c, &l.ThresholdMs)
	}
	if n := conditions.NumericAttribute; n != nil && n.InvertMatch.Set {
		c.Diags.Warnf(n.InvertMatch.NameRange, diag.ChangedBehavior, "check the policy against the collector's documentation",
			"with invert_match one match anywhere in the trace now means not sampled, whatever other policies say")
	}
}

// lowerThreshold keeps Agent Flow's "at least" where the collector says "longer than".
func lowerThreshold(c *Conversion, threshold *arguments.Arg) {
	if threshold.Value.Kind != eval.Number {
		c.Diags.Warnf(threshold.Value.Range, diag.ChangedBehavior, "set the variable one millisecond lower",
			"a trace must now last longer than threshold_ms, not just as long")
		return
	}
	if threshold.Value.Number.Int > 0 {
		threshold.Value.Number.Int--
	}
}
