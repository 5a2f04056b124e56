package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
)

// otlpBalancerRetry is one of the blocks about retries. otlp_balancer always retries, and doubles its intervals.
type otlpBalancerRetry struct {
	arguments.Block
	Enabled             arguments.Arg `river:"enabled" type:"bool" default:"true" key:"-"`
	InitialInterval     arguments.Arg `river:"initial_interval" type:"duration" default:"5s" collector:"500ms"`
	RandomizationFactor arguments.Arg `river:"randomization_factor" type:"float" default:"0.5" key:"-"`
	Multiplier          arguments.Arg `river:"multiplier" type:"float" default:"1.5" key:"-"`
	MaxInterval         arguments.Arg `river:"max_interval" type:"duration" default:"30s" collector:"5s"`
	MaxElapsedTime      arguments.Arg `river:"max_elapsed_time" type:"duration" default:"5m" collector:"0s"`
}

// oneRetry leaves one block about retries, in the place of that of the backends: the one in front of them if it is on.
func oneRetry(c *Conversion, args *otlpBalancer) {
	backends, front, name := &args.Protocol.OTLP.Retry, args.RetryOnFailure, "retry_on_failure"
	if args.Retry != nil {
		if front != nil {
			reportTwoRetries(c, args.Retry.NameRange)
		}
		front, name = args.Retry, "retry"
	}
	switch {
	case front == nil:
	case isOff(front.Enabled):
		c.warnOfSwitchedOff(front.Block, name, "retry")
	default:
		c.warnOfSecond(backends.Block, "retry", name)
		*backends = *front
	}
	if isOff(backends.Enabled) {
		c.Diags.Warnf(backends.NameRange, diag.NoCounterpart,
			"say after how long to give up, as max_elapsed_time, in its place",
			"block %q was left out: otlp_balancer cannot do without retries, and makes them as River does by default", "retry")
		*backends = otlpBalancerRetry{}
	}
	if backends.Enabled.Value.Symbolic() {
		c.warnOfLoss(backends, loss{"enabled", "otlp_balancer always retries; max_elapsed_time says for how long"})
	}
	checkIntervals(c, backends)
	c.warnOfLoss(backends,
		loss{"randomization_factor", "otlp_balancer chooses by itself how far retries are spread"},
		loss{"multiplier", "otlp_balancer doubles the interval with each retry, up to max_interval"})
}

// checkIntervals reports waits between retries that otlp_balancer does not take.
func checkIntervals(c *Conversion, r *otlpBalancerRetry) {
	initial, known := durationOf(c, r, "initial_interval", r.InitialInterval)
	if known && initial == 0 {
		c.Diags.Errorf(r.InitialInterval.Value.Range, diag.InvalidValue, "write how long to wait, if only 1ms",
			"otlp_balancer does not retry without a wait")
		return
	}
	longest, alsoKnown := durationOf(c, r, "max_interval", r.MaxInterval)
	if known && alsoKnown && longest < initial {
		at := r.InitialInterval
		if r.MaxInterval.Set {
			at = r.MaxInterval
		}
		c.Diags.Errorf(at.Value.Range, diag.InvalidValue, "write a max_interval that is at least initial_interval",
			"max_interval is %s, less than initial_interval, %s", longest, initial)
	}
}
