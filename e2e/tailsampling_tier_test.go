package e2e

import (
	"context"
	"fmt"
	"maps"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestTailSamplingTier runs the tier of configs/tail-sampling as it is: what reaches the backend of three samplers is
// what reaches that of one, whole traces, each span once.
func TestTailSamplingTier(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		const tierSink, loneSink = "127.0.1.1", "127.0.1.2"
		cert, text, err := harness.NewCertificate(tierSink, loneSink)
		if err != nil {
			t.Fatal(err)
		}
		tierBackend := startBackends(t, &cert, tierSink+":4317")
		loneBackend := startBackends(t, &cert, loneSink+":4317")
		trust, yaml := trustFile(t, text), func(name string) form {
			return form{name: "yaml", binary: harness.River, configs: []string{"file:" + inRepository(t, name)}}
		}
		sampler := yaml("configs/tail-sampling/sampler.yaml")
		var samplers []*harness.Collector
		for _, addr := range backendAddresses {
			samplers = append(samplers, startAt(ctx, t, sampler, addr, trust, "TRACES_ENDPOINT="+tierSink+":4317"))
		}
		samplers = append(samplers,
			startAt(ctx, t, sampler, referenceAddress, trust, "TRACES_ENDPOINT="+loneSink+":4317"))
		startAt(ctx, t, yaml("configs/tail-sampling/load_balancer.yaml"), balancerAddress)

		loads, facts := variedLoads()
		toTier := newClient(t, harness.NewGRPCClient, receiverAt(balancerAddress))
		toLone := newClient(t, harness.NewGRPCClient, receiverAt(referenceAddress))
		for _, load := range loads {
			if err := load.Send(ctx, nil, toTier); err != nil {
				t.Fatal(err)
			}
			if err := load.Send(ctx, nil, toLone); err != nil {
				t.Fatal(err)
			}
		}
		err = harness.Until(ctx, "all decisions", func() (bool, string) {
			n := 0
			for _, addr := range append([]string{referenceAddress}, backendAddresses...) {
				metrics, err := harness.ReadMetrics(ctx, addr+":8888")
				if err != nil {
					return false, err.Error()
				}
				n += int(metrics.Sum("otelcol_processor_tail_sampling_count_traces_sampled", "policy", "default.errors"))
			}
			return n == 2*len(facts), fmt.Sprintf("%d of %d", n, 2*len(facts))
		})
		if err != nil {
			t.Fatal(err)
		}
		onTime(ctx, t, append([]string{referenceAddress}, backendAddresses...)...)
		for _, s := range samplers {
			if err := s.Stop(); err != nil {
				t.Fatal(err)
			}
		}
		want, kept := spansKept(loneBackend), spansKept(tierBackend)
		if !maps.Equal(want, kept) {
			t.Errorf("the tier keeps %d traces and one sampler %d, or other ones", len(kept), len(want))
		}
		others := 0
		for trace, f := range facts {
			switch {
			case kept[trace] != 0 && kept[trace] != f.spans:
				t.Errorf("%d spans of trace %s came, it has %d", kept[trace], trace, f.spans)
			case (f.slow() || f.failed()) && kept[trace] == 0:
				t.Errorf("trace %s is slow or has an error, and is not kept", trace)
			case !f.slow() && !f.failed() && kept[trace] > 0:
				others++
			}
		}
		t.Logf("%d of %d traces are kept, %d of them by chance", len(kept), len(facts), others)
		if others < len(facts)/30 || others > len(facts)/8 {
			t.Error("chance does not keep about a tenth of the others")
		}
	})
}

// spansKept counts the spans of each trace that came, repeated ones, too.
func spansKept(backends harness.Backends) map[pcommon.TraceID]int {
	spans, _ := backends.Take()
	traces := map[pcommon.TraceID]int{}
	for _, records := range spans {
		for r, times := range records {
			traces[r.Trace] += times
		}
	}
	return traces
}
