package e2e

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

// trouble is a collector with a trouble of its own, the metric that shows it, and the alerts that tell of it.
type trouble struct {
	launch
	sign  string
	fires []string
	// again is to send the same traces again and again, beside new ones, so that most of their spans are late.
	again bool
	// idle is to send nothing, as the trouble is to find backends.
	idle bool
}

// nowhere is an address at which nothing listens.
const nowhere = "127.0.0.99:4317"

// restarting is the sampler that eachTrouble starts again.
var restarting = target{samplers, "127.0.0.27"}

func samplerTroubles(t *testing.T) []trouble {
	t.Helper()
	river := inRepository(t, samplerRiver)
	sampler := func(addr, sign string, fires []string, more ...string) trouble {
		return trouble{
			launch: launch{target{samplers, addr}, river, nowhere, append([]string{decideSoon}, more...)},
			sign:   sign, fires: fires,
		}
	}
	late := sampler("127.0.0.26", "otelcol_processor_tail_sampling_sampling_late_span_age_count",
		[]string{"SpansComeLate"})
	cached := sampler("127.0.0.28", "otelcol_processor_tail_sampling_early_releases_from_cache_decision", nil,
		"yaml:processors::tail_sampling/default::decision_cache::sampled_cache_size: 1000")
	late.again, cached.again = true, true
	return []trouble{
		late, cached,
		sampler("127.0.0.21", "otelcol_processor_tail_sampling_sampling_trace_dropped_too_early",
			[]string{"TracesDroppedTooEarly", "SamplerForgetsTracesEarly"},
			"yaml:processors::tail_sampling/default::num_traces: 20"),
		sampler("127.0.0.22", "otelcol_processor_tail_sampling_sampling_policy_evaluation_error",
			[]string{"SamplingPolicyFails"}, "yaml:"+brokenPolicy),
		sampler("127.0.0.23", "otelcol_processor_memory_limiter_refused_spans",
			[]string{"MemoryLimiterRefuses", "CollectorRefusesSpans"}, outOfMemory),
		sampler("127.0.0.24", "otelcol_exporter_enqueue_failed_spans",
			[]string{"ExporterQueueNearlyFull", "ExporterQueueFull"},
			"yaml:exporters::otlp_grpc/traces::sending_queue::queue_size: 2",
			"yaml:processors::batch/default: {send_batch_size: 5, send_batch_max_size: 5}"),
		sampler("127.0.0.25", "otelcol_exporter_send_failed_spans", []string{"ExporterGivesUp"},
			"yaml:exporters::otlp_grpc/traces::retry_on_failure::enabled: false"),
		sampler(restarting.addr, "otelcol_process_uptime", []string{"CollectorRestarts"}),
	}
}

// brokenPolicy takes spans for what they are not, and says so.
const brokenPolicy = `{processors: {tail_sampling/default: {policies: [{name: broken, type: ottl_condition,
  ottl_condition: {error_mode: propagate, span: ['ParseJSON(attributes["none"])["x"] == "y"']}}]}}}`

// outOfMemory is a limit that any collector is above.
const outOfMemory = "yaml:processors::memory_limiter/default::limit_mib: 1"

func generatorTroubles(t *testing.T) []trouble {
	t.Helper()
	spans, calls := inRepository(t, spanMetricsRiver), inRepository(t, serviceGraphRiver)
	writesNowhere := "http://" + nowhere
	return []trouble{
		{
			launch: launch{target{generators, "127.0.0.41"}, spans, writesNowhere, []string{
				spansSoon, "yaml:exporters::prometheus_remote_write/metrics::retry_on_failure::enabled: false",
			}},
			sign: "otelcol_exporter_send_failed_metric_points", fires: []string{"ExporterGivesUp"},
		},
		{
			launch: launch{target{generators, "127.0.0.42"}, spans, writesNowhere, []string{
				spansSoon, "yaml:exporters::prometheus_remote_write/metrics::remote_write_queue::queue_size: 1",
			}},
			sign:  "otelcol_exporter_enqueue_failed_metric_points",
			fires: []string{"ExporterQueueNearlyFull", "ExporterQueueFull"},
		},
		{
			launch: launch{target{generators, "127.0.0.43"}, calls, writesNowhere, []string{
				"yaml:connectors::service_graph/default::store: {ttl: 20ms, max_items: 1}",
				"yaml:connectors::service_graph/default::store_expiration_loop: 20ms",
			}},
			sign:  "otelcol_connector_servicegraph_expired_edges",
			fires: []string{"ServiceGraphStoreFull"},
		},
		{
			launch: launch{target{generators, "127.0.0.44"}, calls, writesNowhere, []string{outOfMemory}},
			sign:   "otelcol_processor_memory_limiter_refused_spans",
			fires:  []string{"MemoryLimiterRefuses", "CollectorRefusesSpans"},
		},
	}
}

// The load balancers of eachTrouble, and the names that they look up.
var (
	lost       = target{balancers, "127.0.0.31"}
	nervous    = target{balancers, "127.0.0.32"}
	lostOwn    = target{balancers, "127.0.0.33"} // those with otlp_balancer
	nervousOwn = target{balancers, "127.0.0.34"}
)

const (
	unknownName  = "unknown.example"
	changingName = "changing.example"
)

// toOTLPBalancer has a River file become otlp_balancer.
const toOTLPBalancer = "?target=balancer"

func balancerTroubles(t *testing.T) []trouble {
	t.Helper()
	return []trouble{
		{
			launch: launch{target: lost, river: byName(t, unknownName)},
			sign:   "otelcol_loadbalancer_num_resolutions", idle: true,
			fires: []string{"LoadBalancerWithoutBackends", "LoadBalancerResolverFails"},
		},
		{
			launch: launch{target: nervous, river: byName(t, changingName)},
			sign:   "otelcol_loadbalancer_num_backend_updates", idle: true,
			fires: []string{"LoadBalancerBackendsChangeOften"},
		},
		{
			launch: launch{target: lostOwn, river: byName(t, unknownName) + toOTLPBalancer},
			sign:   "otelcol_process_uptime", idle: true,
			fires: []string{"LoadBalancerWithoutBackends"},
		},
		{
			launch: launch{target: nervousOwn, river: byName(t, changingName) + toOTLPBalancer},
			sign:   "otelcol_otlp_balancer_backend_changes", idle: true,
			fires: []string{"LoadBalancerBackendsChangeOften"},
		},
	}
}

// otlpBalancerTroubles are those of otlp_balancer with its backends: one that is away beside one that is not, one that
// is alone and away, and some that refuse for good, all spans or one of each call.
func otlpBalancerTroubles(t *testing.T) []trouble {
	t.Helper()
	const knowsNothing, rejects = "127.0.0.97:4317", "127.0.0.98:4317"
	serveGRPC(t, knowsNothing, grpc.NewServer())
	rejecting := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(rejecting, &rejectsOne{})
	serveGRPC(t, rejects, rejecting)
	river := inRepository(t, balancerRiver) + toOTLPBalancer
	sendingTo := func(addr, backends, sign string, fires []string, more ...string) trouble {
		const receiver = "yaml:receivers::otlp_balancer/samplers::"
		more = append(more, "resolver::static::hostnames: ["+backends+"]", "retry_on_failure::failover_after: 100ms")
		for i := range more {
			more[i] = receiver + more[i]
		}
		return trouble{
			launch: launch{target: target{balancers, addr}, river: river, more: more}, sign: sign, fires: fires,
		}
	}
	return []trouble{
		sendingTo("127.0.0.35", "127.0.0.9:4317, "+nowhere, "otelcol_otlp_balancer_rerouted",
			[]string{"OTLPBalancerBackendDown"}),
		sendingTo("127.0.0.36", nowhere, "otelcol_otlp_balancer_refused",
			[]string{"OTLPBalancerBackendDown", "OTLPBalancerRefuses"}, "sending_queue::queue_size: 50000"),
		sendingTo("127.0.0.37", knowsNothing+", "+rejects, "otelcol_otlp_balancer_failed",
			[]string{"OTLPBalancerLosesData"}),
	}
}

// rejectsOne is a backend that takes all spans of each call but one.
type rejectsOne struct {
	ptraceotlp.UnimplementedGRPCServer
}

func (*rejectsOne) Export(context.Context, ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	response := ptraceotlp.NewExportResponse()
	response.PartialSuccess().SetRejectedSpans(1)
	return response, nil
}

// serveGRPC serves until the test ends.
func serveGRPC(t *testing.T, addr string, server *grpc.Server) {
	t.Helper()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// byName is a load balancer that looks its samplers up.
func byName(t *testing.T, name string) string {
	t.Helper()
	return changed(t, balancerRiver,
		`static {`, "dns {\n      hostname = \""+name+"\"\n      interval = \"100ms\"",
		`hostnames = ["127.0.0.2:4317", "127.0.0.3:4317", "127.0.0.4:4317"]`, "")
}

// eachTrouble runs a collector for each other trouble there can be, all at once.
func eachTrouble(ctx context.Context, t *testing.T, names *nameserver.Server) run {
	t.Helper()
	names.Set(changingName, nameserver.Answer{Addresses: loopback(2)})
	troubles := slices.Concat(
		samplerTroubles(t), generatorTroubles(t), balancerTroubles(t), otlpBalancerTroubles(t))
	fires := map[string][]string{"ServiceGraphEdgesExpire": {generators}} // generators see halves of calls together
	var launches []launch
	var targets []target
	for _, trouble := range troubles {
		launches, targets = append(launches, trouble.launch), append(targets, trouble.target)
		for _, alert := range trouble.fires {
			fires[alert] = append(fires[alert], trouble.instance())
		}
	}
	collectors, clients := startAll(ctx, t, launches...)
	h := newHistory(t, "in all kinds of trouble")
	h.scrape(ctx, t, targets...)
	awaitSigns(ctx, t, troubles, clients)
	for i := range uint64(32) {
		offerAll(ctx, t, i, troubles, clients)
		changeBackends(ctx, t, names, i)
		if i%20 == 10 {
			collectors[restarting] = restart(ctx, t, collectors[restarting], launches)
		}
		h.scrape(ctx, t, targets...)
	}
	return run{h, fires}
}

// awaitSigns sends until each trouble shows.
func awaitSigns(ctx context.Context, t *testing.T, troubles []trouble, clients map[target]harness.Client) {
	t.Helper()
	seed := uint64(1000)
	offerAll(ctx, t, seed, troubles, clients)
	for _, trouble := range troubles {
		err := harness.Until(ctx, "the trouble of "+trouble.addr, func() (bool, string) {
			if sum(mustScrape(ctx, t, trouble.target), trouble.sign) > 0 {
				return true, ""
			}
			seed++
			trouble.offer(ctx, t, seed, clients)
			return false, "no " + trouble.sign
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func offerAll(ctx context.Context, t *testing.T, seed uint64, troubles []trouble, clients map[target]harness.Client) {
	t.Helper()
	for _, trouble := range troubles {
		trouble.offer(ctx, t, seed, clients)
	}
}

// offer sends the collector something, unless it is to get nothing.
func (tr trouble) offer(ctx context.Context, t *testing.T, seed uint64, clients map[target]harness.Client) {
	t.Helper()
	if tr.idle {
		return
	}
	shape := harness.Shape{Seed: seed + 1, Traces: 30, Spans: 4, Services: 4, Dress: asFailedClients}
	offer(ctx, t, harness.NewLoad(shape), clients[tr.target])
	if tr.again {
		shape.Seed = 0
		offer(ctx, t, harness.NewLoad(shape), clients[tr.target])
	}
}

// asFailedClients makes all spans the client sides of calls that fail: samplers keep them all, and generators of
// service graphs look for the other sides in vain.
func asFailedClients(_ []harness.Record, spans []ptrace.Span) {
	for _, span := range spans {
		span.SetKind(ptrace.SpanKindClient)
		span.Status().SetCode(ptrace.StatusCodeError)
	}
}

// changeBackends gives a name one backend or two, and waits until each load balancer has looked its name up again.
func changeBackends(ctx context.Context, t *testing.T, names *nameserver.Server, round uint64) {
	t.Helper()
	const updates, lookups = "otelcol_loadbalancer_num_backend_updates", "otelcol_loadbalancer_num_resolutions"
	const ownUpdates = "otelcol_otlp_balancer_backend_changes"
	ownUpdated := sum(mustScrape(ctx, t, nervousOwn), ownUpdates)
	updated := sum(mustScrape(ctx, t, nervous), updates)
	looked := sum(mustScrape(ctx, t, lost), lookups)
	names.Set(changingName, nameserver.Answer{Addresses: [][]netip.Addr{loopback(2, 3), loopback(2)}[round%2]})
	untilShown(ctx, t, nervous, updates, updated+1)
	untilShown(ctx, t, nervousOwn, ownUpdates, ownUpdated+1)
	untilShown(ctx, t, lost, lookups, looked+1)
}

// restart stops a collector and starts it again.
func restart(ctx context.Context, t *testing.T, running *harness.Collector, launches []launch) *harness.Collector {
	t.Helper()
	if err := running.Stop(); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(launches, func(l launch) bool { return l.target == restarting })
	again := launches[i].start(t)
	if err := again.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	return again
}
