package e2e

import (
	"context"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// lateJudges keep traces with errors, and decide early or late. Those that decide early know at most a hundred traces
// at a time.
var lateJudges = []judge{
	{"within", `decision_wait = "1h"`, errorPolicy},
	{"cached", `decision_wait = "1s"
		num_traces = 100
		decision_cache = { sampled_cache_size = 10000, non_sampled_cache_size = 10000 }`, errorPolicy},
	{"in_memory", `decision_wait = "1s"`, errorPolicy},
	{"forgotten", `decision_wait = "1s"
		num_traces = 100`, errorPolicy},
}

// TestTailSamplingLateSpans sends half of the spans of some traces, and the other half when the tier has decided about
// the first, and has seen many other traces since. Errors are in the first half only.
func TestTailSamplingLateSpans(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		tier := startSamplers(ctx, t, lateJudges, backendAddresses...)
		startAt(ctx, t, riverForm(inRepository(t, "configs/tail-sampling/load_balancer.river")), balancerAddress)
		client := newClient(t, harness.NewGRPCClient, receiverAt(balancerAddress))
		send := func(load harness.Load) {
			t.Helper()
			if err := load.Send(ctx, nil, client); err != nil {
				t.Fatal(err)
			}
		}

		// Each sampler gets about 50 of these, less than the 100 that it knows.
		shape := harness.Shape{Seed: 1, Traces: 150, Spans: 4, Services: 8}
		_, second := harness.NewLoad(shape).Halves()
		failed := errorsIn(&shape)
		first, _ := harness.NewLoad(shape).Halves()
		others := harness.NewLoad(harness.Shape{Seed: 2, Traces: 1500, Spans: 1, Services: 8})

		send(first)
		decided(ctx, t, tier, lateJudges[1:], shape.Traces)
		send(others)
		received(ctx, t, tier, len(first.Spans)+len(others.Spans))
		send(second)
		received(ctx, t, tier, len(first.Spans)+len(others.Spans)+len(second.Spans))

		kept := stopSamplers(t, tier)
		for _, judge := range []string{"within", "cached", "in_memory"} {
			keepsWhole(t, judge, kept.spansOf(judge), failed, 4)
		}
		// A forgotten trace is a new one: what comes of it now has no errors, and is not kept.
		keepsWhole(t, "forgotten", kept.spansOf("forgotten"), failed, 2)
	})
}

// keepsWhole checks that a judge kept exactly these traces, so many spans of each.
func keepsWhole(t *testing.T, judge string, kept map[pcommon.TraceID]int, want map[pcommon.TraceID]bool, spans int) {
	t.Helper()
	for trace, n := range kept {
		if !want[trace] || n != spans {
			t.Errorf("%s keeps %d spans of trace %s, wants %d if it is among %v", judge, n, trace, spans, want[trace])
		}
	}
	if len(kept) != len(want) {
		t.Errorf("%s keeps %d traces of %d", judge, len(kept), len(want))
	}
}
