package e2e

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

const (
	requestsMetric = "traces_service_graph_request_total"
	failedMetric   = "traces_service_graph_request_failed_total"

	// How a generator counts its edges: calls of which it has seen a side, and those whose other side never came.
	edgesMetric   = "otelcol_connector_servicegraph_total_edges"
	expiredMetric = "otelcol_connector_servicegraph_expired_edges"

	serviceGraphBalancer  = "configs/service-graph/load_balancer.river"
	serviceGraphGenerator = "configs/service-graph/generator.river"

	// serviceGraphSoon has a generator write each second. Nothing depends on the shipped 15 seconds but the time of tests.
	serviceGraphSoon = "yaml:connectors::service_graph/default::metrics_flush_interval: 1s"
)

// call is what service graphs know of a client span and its server span.
type call struct {
	client, server                 harness.Record
	connection                     string
	failed                         bool
	clientDuration, serverDuration time.Duration
}

// callLabels are the labels of service graphs that tell calls apart.
type callLabels struct{ client, server, connection, failed string }

func (c call) labels() callLabels {
	return callLabels{c.client.Service, c.server.Service, c.connection, strconv.FormatBool(c.failed)}
}

// callLoad is a load whose traces are three calls deep, the last by a queue. Both sides of a call stand next to each
// other in the trace, and so in different requests.
func callLoad() (load harness.Load, calls []call) {
	load = harness.NewLoad(harness.Shape{
		Seed: 12, Traces: 1200, Spans: 6, Services: 20,
		Dress: func(trace []harness.Record, spans []ptrace.Span) {
			random := randomOf(trace[0].Trace)
			for i := 0; i < len(trace); i += 2 {
				c := call{client: trace[i], server: trace[i+1]}
				kinds := []ptrace.SpanKind{ptrace.SpanKindClient, ptrace.SpanKindServer}
				if i+2 == len(trace) {
					kinds = []ptrace.SpanKind{ptrace.SpanKindProducer, ptrace.SpanKindConsumer}
					c.connection = "messaging_system"
				}
				// Between 1 ms and 40 s: all buckets get some.
				c.clientDuration = time.Duration(2e6 * math.Pow(20_000, random.Float64()))
				c.serverDuration = c.clientDuration / 2
				for side, span := range spans[i : i+2] {
					span.SetKind(kinds[side])
					if at := i + side; at > 0 {
						span.SetParentSpanID(trace[at-1].Span)
					}
					// The call has failed when one side says so.
					if random.IntN(8) == 0 {
						span.Status().SetCode(ptrace.StatusCodeError)
						c.failed = true
					}
				}
				lasts(spans[i], longAgo, c.clientDuration)
				lasts(spans[i+1], longAgo, c.serverDuration)
				calls = append(calls, c)
			}
		},
	})
	return load, calls
}

// countedCalls checks that the series of a database have counted these calls: all, and no others.
func countedCalls(t *testing.T, db database, calls []call) {
	t.Helper()
	byClients, byServers := map[callLabels][]time.Duration{}, map[callLabels][]time.Duration{}
	failed := 0
	for _, c := range calls {
		byClients[c.labels()] = append(byClients[c.labels()], c.clientDuration)
		byServers[c.labels()] = append(byServers[c.labels()], c.serverDuration)
		if c.failed {
			failed++
		}
	}
	counted(t, db, func(labels map[string]string) []time.Duration {
		of := callLabels{labels["client"], labels["server"], labels["connection_type"], labels["failed"]}
		if strings.HasPrefix(labels["__name__"], "traces_service_graph_request_client_") {
			return byClients[of]
		}
		return byServers[of]
	})
	for metric, want := range map[string]int{
		requestsMetric: len(calls), failedMetric: failed,
		"traces_service_graph_request_client_seconds_count": len(calls),
		"traces_service_graph_request_server_seconds_count": len(calls),
	} {
		if got := db.total(metric); got != float64(want) {
			t.Errorf("%s is %v in all, not %d", metric, got, want)
		}
	}
}

// TestServiceGraphTier: with routing_key = "traceID", each call is counted once by one generator, no side of it is left
// over, and the series of the generators add up to those of one that gets everything.
func TestServiceGraphTier(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		balancers := forms(ctx, t, "flow", inRepository(t, serviceGraphBalancer))
		for i, generator := range forms(ctx, t, "flow", inRepository(t, serviceGraphGenerator)) {
			t.Run(generator.name, func(t *testing.T) {
				load, calls := callLoad()
				m := startMetricsTier(ctx, t, balancers[i], generator.with(serviceGraphSoon))
				tier, reference := m.count(ctx, t, load, requestsMetric, len(calls))
				countedCalls(t, reference, calls)
				apartByCollectorID(t, tier)
				same(t, tier.sumWithout("collector_id"), reference.sumWithout("collector_id"))
				// Each of them has begun with one side and has been completed, or else there would be fewer calls.
				if edges := ownMetrics(ctx, t, edgesMetric); edges != len(calls) {
					t.Errorf("the generators began %d edges for %d calls", edges, len(calls))
				}
				t.Logf("%d calls in %d series instead of %d", len(calls), len(tier), len(reference))
			})
		}
	})
}

// TestServiceGraphWithoutCollectorID: with no collector.id, the generators write the same series, since all of them see
// calls between the same services, and what a database keeps of them is about a third.
func TestServiceGraphWithoutCollectorID(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		load, calls := callLoad()
		balancer := forms(ctx, t, "flow", inRepository(t, serviceGraphBalancer))[1]
		generator := form{"river", harness.River, []string{"river:" + changed(t, serviceGraphGenerator,
			"otelcol.processor.attributes.collector_id.input", "otelcol.exporter.prometheus.metrics.input")}}
		m := startMetricsTier(ctx, t, balancer, generator.with(serviceGraphSoon))
		tier, reference := m.count(ctx, t, load, requestsMetric, len(calls))
		countedCalls(t, reference, calls)

		hashes := ring.New(endpointsAt(backendAddresses...)...)
		shared := tally[callLabels]{}
		for _, address := range backendAddresses {
			var own []call
			for _, c := range calls {
				if hashes.Span(c.client.Trace) == receiverAt(address) {
					own = append(own, c)
					shared.add(c.labels(), address)
				}
			}
			countedCalls(t, store(m.sink, address), own)
		}
		collides(t, tier, reference, requestsMetric, shared)
	})
}

// TestServiceGraphByService: with routing_key = "service", the calls are lost whose two services go to different
// generators. Each leaves two sides behind, which wait for the other until they expire.
func TestServiceGraphByService(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		load, calls := callLoad()
		balancer := form{"river", harness.River, []string{"river:" + changed(t, serviceGraphBalancer,
			`routing_key = "traceID"`, `routing_key = "service"`)}}
		generator := forms(ctx, t, "flow", inRepository(t, serviceGraphGenerator))[1]

		hashes := ring.New(endpointsAt(backendAddresses...)...)
		var whole []call
		for _, c := range calls {
			if hashes.ServiceSpan(c.client.Service) == hashes.ServiceSpan(c.server.Service) {
				whole = append(whole, c)
			}
		}
		lost := len(calls) - len(whole)
		if lost < len(calls)/4 || len(whole) == 0 {
			t.Fatalf("the ring parts %d of %d calls", lost, len(calls))
		}
		tier, reference := startMetricsTier(ctx, t, balancer, generator.with(serviceGraphSoon)).
			count(ctx, t, load, requestsMetric, len(whole))
		countedCalls(t, reference, calls)
		countedCalls(t, tier, whole)
		err := harness.Until(ctx, "the sides of lost calls to expire", func() (bool, string) {
			expired := ownMetrics(ctx, t, expiredMetric)
			return expired == 2*lost, fmt.Sprintf("%d expired, not %d", expired, 2*lost)
		})
		if err != nil {
			t.Fatal(err)
		}
		if edges := ownMetrics(ctx, t, edgesMetric); edges != len(whole)+2*lost {
			t.Errorf("the generators began %d edges, not %d", edges, len(whole)+2*lost)
		}
		t.Logf("%d of %d calls are lost, and %d sides of them expired", lost, len(calls), 2*lost)
	})
}

// ownMetrics is the sum of what the generators show as one of their own metrics.
func ownMetrics(ctx context.Context, t *testing.T, metric string) (sum int) {
	t.Helper()
	for _, address := range backendAddresses {
		metrics, err := harness.ReadMetrics(ctx, address+":8888")
		if err != nil {
			t.Fatal(err)
		}
		sum += int(metrics.Sum(metric, "", ""))
	}
	return sum
}
