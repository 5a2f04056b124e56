package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// memoryLimiter holds the arguments of otelcol.processor.memory_limiter. Sizes become whole MiB in both programs.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.memory_limiter/
type memoryLimiter struct {
	arguments.Block
	CheckInterval        arguments.Arg `river:"check_interval,required" type:"duration" collector:"0s"`
	Limit                arguments.Arg `river:"limit" type:"mib" key:"limit_mib"`
	SpikeLimit           arguments.Arg `river:"spike_limit" type:"mib" key:"spike_limit_mib"`
	LimitPercentage      arguments.Arg `river:"limit_percentage" type:"uint"`
	SpikeLimitPercentage arguments.Arg `river:"spike_limit_percentage" type:"uint"`
	Output               output        `river:"output,block,required"`
	DebugMetrics         debugMetrics  `river:"debug_metrics,block" in:"alloy"`
}

func init() {
	register(Component{
		Name:    "otelcol.processor.memory_limiter",
		Section: otelcfg.Processors,
		Type:    "memory_limiter",
		Signals: Signals,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.memory_limiter/",
	}, convertMemoryLimiter)
}

// convertMemoryLimiter states what River does without being asked: the spike limit is a fifth of the limit in whole
// MiB, and no collection of garbage is ever put off.
func convertMemoryLimiter(c *Conversion, args *memoryLimiter) []Part {
	body := c.Encode(args)
	if limit := args.Limit.Value; args.Limit.Set && !args.SpikeLimit.Set && !limit.Symbolic() && limit.Number.Int >= 5 {
		body.Set("spike_limit_mib", otelcfg.Int(limit.Number.Int/5), args.Limit.NameRange, "")
	}
	if args.Limit.Empty() && args.LimitPercentage.Empty() {
		c.Diags.Errorf(c.Range, diag.MissingArgument, `add limit = "512MiB", or limit_percentage and spike_limit_percentage`,
			"the memory limiter has no limit")
	}
	if !args.LimitPercentage.Empty() && !args.SpikeLimitPercentage.Set {
		c.Diags.Errorf(args.LimitPercentage.NameRange, diag.MissingArgument,
			"add a line such as: spike_limit_percentage = 20",
			"%q needs %q beside it", "limit_percentage", "spike_limit_percentage")
	}
	if c.Dialect.Name == dialect.Alloy {
		body.Set("min_gc_interval_when_soft_limited", otelcfg.Literal("0s"), c.Range, "")
	}
	body.Set("max_gc_interval_when_soft_limited", otelcfg.Literal("0s"), c.Range, "")
	body.Set("max_gc_interval_when_hard_limited", otelcfg.Literal("0s"), c.Range, "")
	return c.only(body)
}
