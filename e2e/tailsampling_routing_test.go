package e2e

import (
	"context"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// TestTailSamplingWithoutTraceID: with another routing key the samplers see parts of traces and decide about these, as
// the page warns. Traces with errors are kept in part, and none is as long as it is.
func TestTailSamplingWithoutTraceID(t *testing.T) {
	// They decide when they are stopped, so that nothing comes too late.
	judges := []judge{
		{"failed", `decision_wait = "1h"`, errorPolicy},
		{"long", `decision_wait = "1h"`, policy("span_count", "min_spans = 8")},
	}
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		tier := startSamplers(ctx, t, judges, backendAddresses...)
		river := changed(t, "configs/tail-sampling/load_balancer.river", `"traceID"`, `"service"`)
		startAt(ctx, t, riverForm(river), balancerAddress)

		// One span of every third trace is an error.
		owner := ring.New(endpointsAt(backendAddresses...)...)
		failed := map[pcommon.TraceID]int{} // with the number of spans that go where the error goes
		n := 0
		load := harness.NewLoad(harness.Shape{Seed: 3, Traces: 300, Spans: 8, Services: 12,
			Dress: func(trace []harness.Record, spans []ptrace.Span) {
				if n++; n%3 != 0 {
					return
				}
				spans[5].Status().SetCode(ptrace.StatusCodeError)
				for _, r := range trace {
					if owner.ServiceSpan(r.Service) == owner.ServiceSpan(trace[5].Service) {
						failed[r.Trace]++
					}
				}
			}})
		if err := load.Send(ctx, nil, newClient(t, harness.NewGRPCClient, receiverAt(balancerAddress))); err != nil {
			t.Fatal(err)
		}
		received(ctx, t, tier, len(load.Spans))

		kept := stopSamplers(t, tier)
		whole := 0
		for trace, spans := range kept.spansOf("failed") {
			if spans != failed[trace] {
				t.Errorf("%d spans of trace %s are kept, want %d", spans, trace, failed[trace])
			}
			if spans == 8 {
				whole++
			}
		}
		if got := len(kept.spansOf("failed")); got != len(failed) {
			t.Errorf("of %d traces with errors something is kept of %d", len(failed), got)
		}
		long := len(kept.spansOf("long"))
		t.Logf("%d of %d traces with an error are kept whole, %d of 300 long ones", whole, len(failed), long)
		if whole > len(failed)/10 || long > 30 {
			t.Error("the wrong routing key does not show")
		}
	})
}
