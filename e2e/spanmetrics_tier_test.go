package e2e

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

const (
	callsMetric = "traces_span_metrics_calls_total"

	spanMetricsBalancer  = "configs/span-metrics/load_balancer.river"
	spanMetricsGenerator = "configs/span-metrics/generator.river"
	collectorIDGenerator = "configs/span-metrics/collector_id.river"

	// spanMetricsSoon has a generator write each second. Nothing depends on the shipped 15 seconds but the time of tests.
	spanMetricsSoon = "yaml:connectors::span_metrics/default::metrics_flush_interval: 1s"
)

// spanFacts are what span metrics know of a span.
type spanFacts struct {
	record             harness.Record
	name, kind, status string
	duration           time.Duration
}

// noteSpans notes the facts of dressed spans.
func noteSpans(facts *[]spanFacts, trace []harness.Record, spans []ptrace.Span) {
	for i, span := range spans {
		*facts = append(*facts, spanFacts{
			record:   trace[i],
			name:     span.Name(),
			kind:     "SPAN_KIND_" + strings.ToUpper(span.Kind().String()),
			status:   "STATUS_CODE_" + strings.ToUpper(span.Status().Code().String()),
			duration: span.EndTimestamp().AsTime().Sub(span.StartTimestamp().AsTime()),
		})
	}
}

// lasts sets the times of a span.
func lasts(span ptrace.Span, start time.Time, duration time.Duration) {
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(duration)))
}

// longAgo is when the spans of loads begin.
var longAgo = time.Unix(1_700_000_000, 0)

// variedLoad is a load of 20 services whose spans differ in name, kind, status and duration.
func variedLoad() (load harness.Load, facts []spanFacts) {
	kinds := []ptrace.SpanKind{ptrace.SpanKindServer, ptrace.SpanKindClient, ptrace.SpanKindInternal}
	codes := []ptrace.StatusCode{ptrace.StatusCodeUnset, ptrace.StatusCodeOk, ptrace.StatusCodeError}
	names := []string{"GET /orders", "POST /orders"}
	load = harness.NewLoad(harness.Shape{
		Seed: 11, Traces: 1200, Spans: 8, Services: 20,
		Dress: func(trace []harness.Record, spans []ptrace.Span) {
			random := randomOf(trace[0].Trace)
			for _, span := range spans {
				span.SetName(names[random.IntN(len(names))])
				span.SetKind(kinds[random.IntN(len(kinds))])
				span.Status().SetCode(codes[random.IntN(len(codes))])
				// Between 1 ms and 20 s, as many below 100 ms as above: all buckets get some.
				lasts(span, longAgo, time.Duration(1e6*math.Pow(20_000, random.Float64())))
			}
			noteSpans(&facts, trace, spans)
		},
	})
	return load, facts
}

// spanLabels are the labels of span metrics that tell spans apart.
type spanLabels struct{ service, name, kind, status string }

func (f spanFacts) labels() spanLabels { return spanLabels{f.record.Service, f.name, f.kind, f.status} }

// countedSpans checks that the series of a database have counted these spans: all, and no others.
func countedSpans(t *testing.T, db database, facts []spanFacts) {
	t.Helper()
	durations := map[spanLabels][]time.Duration{}
	for _, f := range facts {
		durations[f.labels()] = append(durations[f.labels()], f.duration)
	}
	counted(t, db, func(labels map[string]string) []time.Duration {
		return durations[spanLabels{
			labels["service_name"], labels["span_name"], labels["span_kind"], labels["status_code"],
		}]
	})
	if calls := db.total(callsMetric); calls != float64(len(facts)) {
		t.Errorf("%v of %d spans were counted", calls, len(facts))
	}
}

// TestSpanMetricsTier: with routing_key = "service", three generators write together what one that gets everything
// writes, and no series has two writers.
func TestSpanMetricsTier(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		balancers := forms(ctx, t, "flow", inRepository(t, spanMetricsBalancer))
		for i, generator := range forms(ctx, t, "flow", inRepository(t, spanMetricsGenerator)) {
			t.Run(generator.name, func(t *testing.T) {
				load, facts := variedLoad()
				m := startMetricsTier(ctx, t, balancers[i], generator.with(spanMetricsSoon))
				tier, reference := m.count(ctx, t, load, callsMetric, len(facts))
				countedSpans(t, reference, facts)
				same(t, tier.sumWithout(), reference.sumWithout())
				if n := tier.collisions(); n > 0 {
					t.Errorf("%d series have more than one writer", n)
				}
				if n := tier.falls(); n > 0 {
					t.Errorf("%d times a counter fell", n)
				}
				t.Logf("%d spans in %d series of %d label sets", len(facts), len(tier), len(tier.of(callsMetric)))
			})
		}
	})
}

// byTraceBalancer is the load balancer of span metrics as it should not be: it sends by trace, so that the spans of
// each service reach all generators.
func byTraceBalancer(t *testing.T) form {
	t.Helper()
	river := changed(t, spanMetricsBalancer, `routing_key = "service"`, `routing_key = "traceID"`)
	return form{"river", harness.River, []string{"river:" + river}}
}

// TestSpanMetricsByTrace: with routing_key = "traceID", the generators write the same series, and what a database keeps
// of them is about a third: what the generator counted that wrote last.
func TestSpanMetricsByTrace(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		load, facts := variedLoad()
		generator := forms(ctx, t, "flow", inRepository(t, spanMetricsGenerator))[1].with(spanMetricsSoon)
		m := startMetricsTier(ctx, t, byTraceBalancer(t), generator)
		tier, reference := m.count(ctx, t, load, callsMetric, len(facts))
		countedSpans(t, reference, facts)

		// What each generator counted is right for the traces that the ring gives it.
		hashes := ring.New(endpointsAt(backendAddresses...)...)
		shared := tally[spanLabels]{}
		for _, address := range backendAddresses {
			var own []spanFacts
			for _, f := range facts {
				if hashes.Span(f.record.Trace) == receiverAt(address) {
					own = append(own, f)
					shared.add(f.labels(), address)
				}
			}
			countedSpans(t, store(m.sink, address), own)
		}
		collides(t, tier, reference, callsMetric, shared)
	})
}

// TestSpanMetricsCollectorID: whatever the load balancer, generators whose series carry their collector.id write no
// series twice, and the series add up to what one generator writes that gets everything.
func TestSpanMetricsCollectorID(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		load, facts := variedLoad()
		generator := forms(ctx, t, "flow", inRepository(t, collectorIDGenerator))[1].with(spanMetricsSoon)
		tier, reference := startMetricsTier(ctx, t, byTraceBalancer(t), generator).
			count(ctx, t, load, callsMetric, len(facts))
		countedSpans(t, reference, facts)
		apartByCollectorID(t, tier)
		same(t, tier.sumWithout("collector_id"), reference.sumWithout("collector_id"))
		t.Logf("%d series instead of %d", len(tier), len(reference))
	})
}

// TestSpanMetricsReplicas: as shipped, spans of two replicas of a service that name no instance make one series.
// Without resource_metrics_key_attributes, a generator counts them apart and writes both counts to it at one time.
func TestSpanMetricsReplicas(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		const attributes = `resource_metrics_key_attributes = ["service.namespace", "service.name", "service.instance.id"]`
		for _, c := range []struct {
			name, river string
			want        []float64 // what is written to the series at one time, in any order
		}{
			{"shipped", inRepository(t, spanMetricsGenerator), []float64{8}},
			{"without", changed(t, spanMetricsGenerator, attributes, ""), []float64{3, 5}},
		} {
			t.Run(c.name, func(t *testing.T) {
				sink, generator := startRemoteWrite(t), backendAddresses[0]
				f := form{"river", harness.River, []string{"river:" + c.river, spanMetricsSoon}}
				startGenerators(ctx, t, f, sink, generator)
				client := newClient(t, harness.NewGRPCClient, receiverAt(generator))
				for host, spans := range map[string]int{"one": 3, "other": 5} {
					if err := client.SendTraces(ctx, replicaSpans(host, spans)); err != nil {
						t.Fatal(err)
					}
				}
				written(ctx, t, sink, callsMetric, generator)
				series := sink.Series(generator, callsMetric)
				if len(series) != 1 {
					t.Fatalf("there are %d series: %v", len(series), series)
				}
				var together []float64
				for _, sample := range series[0].Samples {
					if sample.Time.Equal(series[0].Last().Time) {
						together = append(together, sample.Value)
					}
				}
				slices.Sort(together)
				if !slices.Equal(together, c.want) {
					t.Errorf("the counts %v are written at one time, not %v", together, c.want)
				}
			})
		}
	})
}

// replicaSpans are equal spans of one service, on one host.
func replicaSpans(host string, n int) ptraceotlp.ExportRequest {
	traces := ptrace.NewTraces()
	resource := traces.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "shop")
	resource.Resource().Attributes().PutStr("host.name", host)
	spans := resource.ScopeSpans().AppendEmpty().Spans()
	for i := range n {
		span := spans.AppendEmpty()
		span.SetName("GET /orders")
		span.SetTraceID(pcommon.TraceID{1})
		span.SetSpanID(pcommon.SpanID{byte(i + 1)})
	}
	return ptraceotlp.NewExportRequestFromTraces(traces)
}

// TestSpanMetricsResize: when a generator leaves the list, its services move, and it goes on writing what it had
// counted of them, to the series that the others write now.
func TestSpanMetricsResize(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		load, facts := variedLoad()
		before, after := load.Halves()
		left, stay := backendAddresses[2], backendAddresses[:2]
		generator := forms(ctx, t, "flow", inRepository(t, spanMetricsGenerator))[1].with(spanMetricsSoon)
		m := startMetricsTier(ctx, t, forms(ctx, t, "flow", inRepository(t, spanMetricsBalancer))[1], generator)
		m.pass(ctx, t, before, len(before.Spans))
		smaller := changed(t, spanMetricsBalancer, `, "`+receiverAt(left)+`"]`, "]")
		m.lb = launchAt(t, form{"river", harness.River, []string{"river:" + smaller}}, balancerAddress)
		ready(ctx, t, m.lb)
		m.pass(ctx, t, after, len(facts))
		// It has nothing new to say, and says it again.
		written(ctx, t, m.sink, callsMetric, backendAddresses...)

		first := map[harness.Record]bool{}
		for _, record := range before.Spans {
			first[record] = true
		}
		three, two := ring.New(endpointsAt(backendAddresses...)...), ring.New(endpointsAt(stay...)...)
		writers := tally[spanLabels]{}
		for _, f := range facts {
			if first[f.record] {
				writers.add(f.labels(), three.ServiceSpan(f.record.Service))
			} else {
				writers.add(f.labels(), two.ServiceSpan(f.record.Service))
			}
		}
		want := 0
		for _, counts := range writers {
			if len(counts) > 1 {
				want++
			}
		}
		calls := store(m.sink, backendAddresses...).of(callsMetric)
		if n := calls.collisions(); n != want || n == 0 {
			t.Errorf("%d label sets have two writers, by the ring %d", n, want)
		}
		for key, s := range calls {
			if len(s.writers) > 1 && !slices.Contains(s.writers, left) {
				t.Errorf("the series %v is written by %v, which both stayed", key, s.writers)
			}
		}
		t.Logf("%d of %d label sets have two writers, %d were written by the one that left",
			calls.collisions(), len(calls), len(store(m.sink, left).of(callsMetric)))
	})
}

// pass sends a load through the load balancer, waits until so many spans have been counted in all, and ends it.
func (m metricsTier) pass(ctx context.Context, t *testing.T, load harness.Load, counted int) {
	t.Helper()
	if err := load.Send(ctx, nil, newClient(t, harness.NewGRPCClient, receiverAt(balancerAddress))); err != nil {
		t.Fatal(err)
	}
	reaches(ctx, t, m.sink, callsMetric, counted, backendAddresses...)
	if err := m.lb.Stop(); err != nil {
		t.Fatal(err)
	}
}

// TestGeneratorsStop: a generator that is stopped does not write what it has counted since the last interval.
func TestGeneratorsStop(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		for _, c := range []struct{ name, river, interval string }{
			{"span_metrics", spanMetricsGenerator, "connectors::span_metrics/default::metrics_flush_interval: "},
			{"service_graph", serviceGraphGenerator, "connectors::service_graph/default::metrics_flush_interval: "},
		} {
			t.Run(c.name, func(t *testing.T) {
				sink, address := startRemoteWrite(t), backendAddresses[0]
				f := forms(ctx, t, "flow", inRepository(t, c.river))[1]
				// An interval that does not end while the test runs.
				generator := launchAt(t, f.with("yaml:"+c.interval+"1h"), address, "METRICS_URL="+sink.URL(address))
				ready(ctx, t, generator)
				load, _ := callLoad()
				if err := load.Send(ctx, nil, newClient(t, harness.NewGRPCClient, receiverAt(address))); err != nil {
					t.Fatal(err)
				}
				if err := generator.Stop(); err != nil {
					t.Fatal(err)
				}
				if series := sink.Series(address); len(series) > 0 {
					t.Errorf("it has written %d series", len(series))
				}
			})
		}
	})
}
