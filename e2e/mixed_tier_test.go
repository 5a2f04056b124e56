package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// Where the collectors of the mixed tier are, in the order of its two lists, and the two references.
var (
	mixedSamplers         = []string{"127.0.0.2", "127.0.0.3", "127.0.0.4"}
	mixedGenerators       = []string{"127.0.0.5", "127.0.0.6", "127.0.0.7"}
	mixedReferenceSampler = "127.0.0.8"
)

// Where the sampled traces go, those of the tier and those of the reference.
const (
	tierTracesHost, referenceTracesHost = "127.0.0.101", "127.0.0.102"

	mixedBalancer = "configs/mixed/load_balancer.river"
	mixedSampler  = "configs/tail-sampling/sampler.river"
)

// kindOfTrace is what the policies of the sampler tell traces apart by.
type kindOfTrace int

const (
	ordinary kindOfTrace = iota
	failing
	slow
)

// mixedLoad is a load with one failing and one slow trace in ten each.
func mixedLoad() (load harness.Load, facts []spanFacts, kinds map[pcommon.TraceID]kindOfTrace) {
	kinds = map[pcommon.TraceID]kindOfTrace{}
	load = harness.NewLoad(harness.Shape{
		Seed: 13, Traces: 1500, Spans: 4, Services: 20,
		Dress: func(trace []harness.Record, spans []ptrace.Span) {
			random := randomOf(trace[0].Trace)
			for _, span := range spans {
				lasts(span, longAgo, time.Duration(1e6+random.IntN(900e6)))
			}
			// One span is enough, whichever: only who sees all of them can tell.
			one := spans[random.IntN(len(spans))]
			switch random.IntN(10) {
			case 0:
				kinds[trace[0].Trace] = failing
				one.Status().SetCode(ptrace.StatusCodeError)
			case 1:
				kinds[trace[0].Trace] = slow
				lasts(one, longAgo, 2*time.Second)
			default:
				kinds[trace[0].Trace] = ordinary
			}
			noteSpans(&facts, trace, spans)
		},
	})
	return load, facts, kinds
}

// TestMixedTier: of one stream, samplers behind one list of the load balancer keep what one sampler keeps that gets
// everything, and generators behind the other list write what one generator writes.
func TestMixedTier(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		load, facts, kinds := mixedLoad()
		cert, trusted, err := harness.NewCertificate(tierTracesHost, referenceTracesHost)
		if err != nil {
			t.Fatal(err)
		}
		traces := startBackends(t, &cert, receiverAt(tierTracesHost), receiverAt(referenceTracesHost))
		series := startRemoteWrite(t)
		generator := forms(ctx, t, "flow", inRepository(t, spanMetricsGenerator))[1].with(spanMetricsSoon)
		samplers := startMixedSamplers(ctx, t, trustFile(t, trusted))
		startGenerators(ctx, t, generator, series, append(slices.Clone(mixedGenerators), referenceAddress)...)
		// Were it the first, it would find nobody, and try again only five seconds later.
		lb := launchAt(t, forms(ctx, t, "flow", inRepository(t, mixedBalancer))[0], balancerAddress)
		ready(ctx, t, lb)

		for _, address := range []string{balancerAddress, mixedReferenceSampler, referenceAddress} {
			if err := load.Send(ctx, nil, newClient(t, harness.NewGRPCClient, receiverAt(address))); err != nil {
				t.Fatal(err)
			}
		}
		reaches(ctx, t, series, callsMetric, len(facts), mixedGenerators...)
		if err := lb.Stop(); err != nil {
			t.Fatal(err)
		}
		written(ctx, t, series, callsMetric, append(slices.Clone(mixedGenerators), referenceAddress)...)
		tier, reference := store(series, mixedGenerators...), store(series, referenceAddress)
		countedSpans(t, reference, facts)
		same(t, tier.sumWithout(), reference.sumWithout())
		if n := tier.collisions(); n > 0 {
			t.Errorf("%d series have more than one writer", n)
		}

		sampledAlike(ctx, t, load, kinds, traces, samplers)
	})
}

// startMixedSamplers starts the samplers of the tier and the reference, which send to servers of this certificate.
func startMixedSamplers(ctx context.Context, t *testing.T, trusted string) (all []*harness.Collector) {
	t.Helper()
	sampler := forms(ctx, t, "flow", inRepository(t, mixedSampler))[1]
	for _, address := range mixedSamplers {
		all = append(all, launchAt(t, sampler, address, trusted, "TRACES_ENDPOINT="+receiverAt(tierTracesHost)))
	}
	all = append(all, launchAt(t, sampler, mixedReferenceSampler, trusted,
		"TRACES_ENDPOINT="+receiverAt(referenceTracesHost)))
	ready(ctx, t, all...)
	return all
}

// sampledAlike waits until the samplers have decided, and checks that the tier has kept the traces that the reference
// has kept, whole and once.
func sampledAlike(
	ctx context.Context, t *testing.T, load harness.Load, kinds map[pcommon.TraceID]kindOfTrace, sinks harness.Backends,
	samplers []*harness.Collector,
) {
	t.Helper()
	all, sampled := map[kindOfTrace]int{}, map[kindOfTrace]int{}
	for _, kind := range kinds {
		all[kind]++
	}
	atLeast := (all[failing] + all[slow]) * len(load.Spans) / len(kinds)
	err := harness.Until(ctx, "the decisions about all traces", func() (bool, string) {
		tier, _ := sinks[:1].Count()
		reference, _ := sinks[1:].Count()
		return tier == reference && tier > atLeast, fmt.Sprintf("%d and %d spans sampled", tier, reference)
	})
	if err != nil {
		t.Fatal(err)
	}
	// What is left to decide or to send is decided and sent before they end.
	for _, sampler := range samplers {
		if err := sampler.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	tier, _ := sinks[:1].Take()
	reference, _ := sinks[1:].Take()

	kept := map[pcommon.TraceID]bool{}
	for record := range reference[sinks[1].Addr()] {
		kept[record.Trace] = true
	}
	var whole []harness.Record
	for _, record := range load.Spans {
		if kept[record.Trace] {
			whole = append(whole, record)
		}
	}
	for name, got := range map[string]harness.Delivery{"tier": tier, "reference": reference} {
		if err := got.Audit(whole).Err(); err != nil {
			t.Errorf("of the traces that the reference keeps, in the %s: %v", name, err)
		}
	}
	for trace := range kept {
		sampled[kinds[trace]]++
	}
	if sampled[failing] != all[failing] || sampled[slow] != all[slow] {
		t.Errorf("%d of %d failing and %d of %d slow traces were sampled",
			sampled[failing], all[failing], sampled[slow], all[slow])
	}
	// A tenth of them is, by the policy.
	if n := sampled[ordinary]; n < all[ordinary]/20 || n > all[ordinary]/5 {
		t.Errorf("%d of %d ordinary traces were sampled", n, all[ordinary])
	}
	t.Logf("sampled: %d of %d failing, %d of %d slow, %d of %d ordinary traces", sampled[failing], all[failing],
		sampled[slow], all[slow], sampled[ordinary], all[ordinary])
}
