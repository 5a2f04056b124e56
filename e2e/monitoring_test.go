package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// The tiers, as configs/monitoring/README.md has Prometheus name their jobs.
const (
	balancers  = "load_balancers"
	samplers   = "samplers"
	generators = "generators"
)

const (
	balancerRiver     = "configs/tail-sampling/load_balancer.river"
	samplerRiver      = "configs/tail-sampling/sampler.river"
	spanMetricsRiver  = "configs/span-metrics/generator.river"
	serviceGraphRiver = "configs/service-graph/generator.river"
)

// What tests change about the tiers: they see in a second what would take longer.
const (
	decideSoon = "yaml:processors::tail_sampling/default::decision_wait: 1s"
	spansSoon  = "yaml:connectors::span_metrics/default::metrics_flush_interval: 200ms"
	callsSoon  = "yaml:connectors::service_graph/default::metrics_flush_interval: 200ms"
)

// TestMonitoring runs the tiers in health and in trouble and scrapes them as Prometheus does. With what they show, each
// query of each dashboard returns something, and each alert fires for its own trouble and for no other.
func TestMonitoring(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, "nameserver 127.0.0.1\n")
		m := startMonitored(ctx, t)
		health, uneven, away := m.health(ctx, t), m.unevenShares(ctx, t), m.lostBackend(ctx, t)
		full, troubles := fullQueues(ctx, t), eachTrouble(ctx, t, names)
		runs := []run{
			health, uneven, away, full, troubles,
			muchMemory(ctx, t, health.history), muchWaiting(ctx, t, troubles.history),
			onlyOnce(ctx, t, full.history, troubles.history),
		}
		var all histories
		for _, r := range runs {
			all = append(all, r.history)
		}
		for _, d := range readDashboards(t) {
			all.checkDashboard(ctx, t, d)
		}
		for _, a := range readAlerts(t) {
			all.checkAlert(ctx, t, a, runs)
		}
	})
}

// run is a time in which certain alerts fire and no others, each for the instances or else the jobs that it names.
type run struct {
	*history
	fires map[string][]string
}

// launch is how a collector is started that shows its own metrics.
type launch struct {
	target
	river   string
	sendsTo string   // if it is no load balancer
	more    []string // configurations
}

func (l launch) start(t *testing.T) *harness.Collector {
	t.Helper()
	own := "file:" + inRepository(t, "configs/monitoring/own_metrics.yaml")
	c, err := harness.LaunchCollector(harness.CollectorOptions{
		Name: l.addr, Binary: harness.River, Configs: append([]string{"river:" + l.river, own}, l.more...),
		Env:     []string{"ADDRESS=" + l.addr, "TRACES_ENDPOINT=" + l.sendsTo, "METRICS_URL=" + l.sendsTo},
		Listens: []string{l.addr + ":4317", l.instance()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Kill(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", l.addr, c.Log())
		}
	})
	return c
}

// startAll starts collectors at once and makes a client for each.
func startAll(ctx context.Context, t *testing.T, launches ...launch) (
	collectors map[target]*harness.Collector, clients map[target]harness.Client,
) {
	t.Helper()
	collectors, clients = map[target]*harness.Collector{}, map[target]harness.Client{}
	for _, l := range launches {
		collectors[l.target] = l.start(t)
		clients[l.target] = newClient(t, harness.NewGRPCClient, l.addr+":4317")
	}
	for _, c := range collectors {
		if err := c.Ready(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return collectors, clients
}

// monitored is a load balancer, its samplers, generators, and what stands behind these.
type monitored struct {
	collectors map[target]*harness.Collector
	clients    map[target]harness.Client
	written    *harness.RemoteWrite
	shape      harness.Shape
}

var (
	balancer     = target{balancers, "127.0.0.1"}
	samplerA     = target{samplers, "127.0.0.2"}
	samplerB     = target{samplers, "127.0.0.3"}
	samplerC     = target{samplers, "127.0.0.4"}
	spanMetrics  = target{generators, "127.0.0.5"}
	serviceGraph = target{generators, "127.0.0.6"}
)

func startMonitored(ctx context.Context, t *testing.T) *monitored {
	t.Helper()
	written, err := harness.StartRemoteWrite("127.0.0.9:9090")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := written.Stop(); err != nil {
			t.Error(err)
		}
	})
	traces := startBackends(t, nil, "127.0.0.9:4317")[0].Addr()
	river := func(name string) string { return inRepository(t, name) }
	sampling := []string{
		// Long enough for spans of one load not to be late on a slow machine.
		"yaml:processors::tail_sampling/default::decision_wait: 2s",
		"yaml:exporters::otlp_grpc/traces::tls::insecure: true",
	}
	m := &monitored{written: written, shape: harness.Shape{Traces: 60, Spans: 4, Services: 4, Dress: asCalls}}
	m.collectors, m.clients = startAll(ctx, t,
		launch{target: balancer, river: river(balancerRiver)},
		launch{target: samplerA, river: river(samplerRiver), sendsTo: traces, more: sampling},
		launch{target: samplerB, river: river(samplerRiver), sendsTo: traces, more: sampling},
		launch{target: samplerC, river: river(samplerRiver), sendsTo: traces, more: sampling},
		launch{spanMetrics, river(spanMetricsRiver), written.URL("spans"), []string{spansSoon}},
		launch{serviceGraph, river(serviceGraphRiver), written.URL("calls"), []string{callsSoon}},
	)
	return m
}

// asCalls makes each second span of a trace the server side of a call, and the one before it the client side. In some
// traces the calls fail.
func asCalls(trace []harness.Record, spans []ptrace.Span) {
	end := time.Now()
	for i, span := range spans {
		span.SetName("call")
		span.SetKind(ptrace.SpanKindClient)
		if i%2 == 1 {
			span.SetKind(ptrace.SpanKindServer)
			span.SetParentSpanID(trace[i-1].Span)
		}
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(end.Add(-30 * time.Millisecond)))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(end))
		if trace[0].Trace[0]%4 == 0 {
			span.Status().SetCode(ptrace.StatusCodeError)
		}
	}
}

// send sends a new load to each of these collectors, the same to all.
func (m *monitored) send(ctx context.Context, t *testing.T, to ...target) {
	t.Helper()
	m.shape.Seed++
	load := harness.NewLoad(m.shape)
	for _, collector := range to {
		if err := load.Send(ctx, nil, m.clients[collector]); err != nil {
			t.Fatal(err)
		}
	}
}

// health is traffic without trouble. What is a moment for the collectors is much time between these scrapes: so each
// one waits until all spans have arrived, and some until samplers have decided and generators have written.
func (m *monitored) health(ctx context.Context, t *testing.T) run {
	t.Helper()
	h := newHistory(t, "in health")
	for i := range 50 {
		m.send(ctx, t, balancer, spanMetrics, serviceGraph)
		m.arrive(ctx, t)
		if i%20 == 0 && i > 0 {
			m.settle(ctx, t)
		}
		h.scrape(ctx, t, balancer, samplerA, samplerB, samplerC, spanMetrics, serviceGraph)
		h.take(ctx, t, append(m.written.Series("spans"), m.written.Series("calls")...))
	}
	return run{h, nil}
}

// arrive waits until the samplers have got all that the load balancer has taken.
func (m *monitored) arrive(ctx context.Context, t *testing.T) {
	t.Helper()
	taken := sum(mustScrape(ctx, t, balancer), "otelcol_exporter_sent_spans")
	err := harness.Until(ctx, "all spans to arrive", func() (bool, string) {
		got := 0.0
		for _, sampler := range []target{samplerA, samplerB, samplerC} {
			got += sum(mustScrape(ctx, t, sampler), "otelcol_receiver_accepted_spans")
		}
		return got >= taken, fmt.Sprintf("%v of %v", got, taken)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// settle waits until samplers have decided about all that they got, and generators have written once more.
func (m *monitored) settle(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, sampler := range []target{samplerA, samplerB, samplerC} {
		came := sum(mustScrape(ctx, t, sampler), "otelcol_processor_tail_sampling_new_trace_id_received")
		untilShown(ctx, t, sampler, "otelcol_processor_tail_sampling_global_count_traces_sampled", came)
	}
	for _, generator := range []target{spanMetrics, serviceGraph} {
		const points = "otelcol_exporter_sent_metric_points"
		untilShown(ctx, t, generator, points, sum(mustScrape(ctx, t, generator), points)+1)
	}
}

// unevenShares has somebody send to a sampler directly.
func (m *monitored) unevenShares(ctx context.Context, t *testing.T) run {
	t.Helper()
	h := newHistory(t, "with more than its share for one sampler")
	for range 50 {
		m.send(ctx, t, balancer)
		m.send(ctx, t, samplerB)
		h.scrape(ctx, t, balancer, samplerA, samplerB, samplerC)
	}
	return run{h, map[string][]string{"SamplerGetsMoreThanItsShare": {samplerB.instance()}}}
}

// lostBackend stops a sampler. The load balancer goes on to take spans for it.
func (m *monitored) lostBackend(ctx context.Context, t *testing.T) run {
	t.Helper()
	h := newHistory(t, "without one sampler")
	for i := range 55 {
		if i == 5 {
			if err := m.collectors[samplerC].Stop(); err != nil {
				t.Fatal(err)
			}
		}
		m.send(ctx, t, balancer)
		h.scrape(ctx, t, balancer, samplerA, samplerB, samplerC)
	}
	checkBlindness(ctx, t)
	return run{h, map[string][]string{
		"CollectorDown":                {samplerC.instance()},
		"LoadBalancedSpansDoNotArrive": {samplers},
	}}
}

// checkBlindness sees that the metrics of a load balancer do not tell of a backend that is away, as the descriptions in
// configs/monitoring have it.
func checkBlindness(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, s := range mustScrape(ctx, t, balancer) {
		switch name := s.labels.Get("__name__"); {
		case s.labels.Get("success") == "false", name == "otelcol_exporter_queue_size",
			name == "otelcol_exporter_send_failed_spans", name == "otelcol_receiver_refused_spans" && s.value > 0:
			t.Errorf("the load balancer shows %s %v: dashboards and rules can make more of it", s.labels, s.value)
		}
	}
}

// fullQueues has two load balancers send to the sampler that is away: one with queues for each backend, as they are by
// default but shorter, and one with a queue of the exporter itself. The former refuses each request with spans for the
// backend that is away.
func fullQueues(ctx context.Context, t *testing.T) run {
	t.Helper()
	inner, outer := target{balancers, "127.0.0.11"}, target{balancers, "127.0.0.12"}
	river := inRepository(t, balancerRiver)
	_, clients := startAll(ctx, t,
		launch{target: inner, river: river, more: []string{
			"yaml:exporters::load_balancing/samplers::protocol::otlp::sending_queue::queue_size: 1",
		}},
		launch{target: outer, river: river, more: []string{
			"yaml:exporters::load_balancing/samplers::protocol::otlp::sending_queue::enabled: false",
			"yaml:exporters::load_balancing/samplers::sending_queue: {enabled: true, queue_size: 5}",
			// By default, sends that would be tried again later than this fail at once.
			"yaml:exporters::load_balancing/samplers::timeout: 1h",
		}})
	h := newHistory(t, "with full queues")
	shape := harness.Shape{Traces: 60, Spans: 4, Services: 4}
	h.scrape(ctx, t, inner, outer)
	for range 40 {
		shape.Seed++
		for _, client := range clients {
			offer(ctx, t, harness.NewLoad(shape), client)
		}
		h.scrape(ctx, t, inner, outer)
	}
	return run{h, map[string][]string{
		"LoadBalancerBackendFails": {inner.instance()},
		"CollectorRefusesSpans":    {inner.instance(), outer.instance()},
		"ExporterQueueNearlyFull":  {outer.instance()},
		"ExporterQueueFull":        {outer.instance()},
	}}
}

// offer sends a load once; it may be refused.
func offer(ctx context.Context, t *testing.T, load harness.Load, client harness.Client) {
	t.Helper()
	if _, err := load.Offer(ctx, client); err != nil {
		t.Fatal(err)
	}
}

// muchMemory is made up: to use gigabytes for it would cost too much. Its series is that of a running collector.
func muchMemory(ctx context.Context, t *testing.T, health *history) run {
	t.Helper()
	memory := metric(ctx, t, health, "otelcol_process_memory_rss", "instance", samplerA.instance())
	h := newHistory(t, "with much memory in use")
	for range 30 {
		h.put(ctx, t, memory, 3.5e9)
	}
	return run{h, map[string][]string{"CollectorMemoryHigh": {samplerA.instance()}}}
}

// muchWaiting is made up, too: the queue of an otlp_balancer that is nearly full.
func muchWaiting(ctx context.Context, t *testing.T, troubles *history) run {
	t.Helper()
	queue := metric(ctx, t, troubles, "otelcol_otlp_balancer_queue_bytes", "instance", nervousOwn.instance())
	h := newHistory(t, "with much data in a queue")
	for range 30 {
		h.put(ctx, t, queue, 6e7)
	}
	return run{h, map[string][]string{"OTLPBalancerQueueNearlyFull": {nervousOwn.instance()}}}
}

// onlyOnce is made up of series that collectors in trouble have shown: each appears with its first failure, as it does
// in them, and then nothing fails any more.
func onlyOnce(ctx context.Context, t *testing.T, full, troubles *history) run {
	t.Helper()
	fires := map[string][]string{}
	var series []labels.Labels
	for _, first := range []struct {
		alert, metric string
		seen          *history
	}{
		{"MemoryLimiterRefuses", "otelcol_processor_memory_limiter_refused_spans", troubles},
		{"ExporterQueueFull", "otelcol_exporter_enqueue_failed_spans", troubles},
		{"ExporterQueueFull", "otelcol_exporter_enqueue_failed_metric_points", troubles},
		{"ExporterGivesUp", "otelcol_exporter_send_failed_spans", troubles},
		{"ExporterGivesUp", "otelcol_exporter_send_failed_metric_points", troubles},
		{"ServiceGraphStoreFull", "otelcol_connector_servicegraph_dropped_spans", troubles},
		{"OTLPBalancerRefuses", "otelcol_otlp_balancer_refused", troubles},
		{"OTLPBalancerLosesData", "otelcol_otlp_balancer_failed", troubles},
		{"OTLPBalancerLosesData", "otelcol_otlp_balancer_rejected", troubles},
		{"LoadBalancerBackendFails", "otelcol_loadbalancer_backend_outcome", full},
	} {
		var pairs []string
		if first.seen == full {
			pairs = []string{"success", "false"}
		}
		for _, found := range metric(ctx, t, first.seen, first.metric, pairs...) {
			fires[first.alert] = append(fires[first.alert], found.Get("instance"))
			series = append(series, found)
		}
	}
	h := newHistory(t, "with each first failure")
	for range 5 {
		h.put(ctx, t, nil, 0)
	}
	for range 30 {
		h.put(ctx, t, series, 7)
	}
	return run{h, fires}
}

// metric finds the series of a metric whose labels hold these pairs.
func metric(ctx context.Context, t *testing.T, in *history, name string, pairs ...string) []labels.Labels {
	t.Helper()
	matchers := []*labels.Matcher{labels.MustNewMatcher(labels.MatchEqual, "__name__", name)}
	for i := 0; i < len(pairs); i += 2 {
		matchers = append(matchers, labels.MustNewMatcher(labels.MatchEqual, pairs[i], pairs[i+1]))
	}
	found := in.series(ctx, t, matchers...)
	if len(found) == 0 {
		t.Fatalf("%s nobody shows %s%v", in.name, name, pairs)
	}
	return found
}

// mustScrape is what a collector shows now.
func mustScrape(ctx context.Context, t *testing.T, of target) []sample {
	t.Helper()
	samples, err := metricsOf(ctx, of)
	if err != nil {
		t.Fatal(err)
	}
	return samples
}

// untilShown waits until a collector shows a metric with at least a value in all.
func untilShown(ctx context.Context, t *testing.T, of target, metric string, atLeast float64) {
	t.Helper()
	err := harness.Until(ctx, of.addr+" to show more of "+metric, func() (bool, string) {
		got := sum(mustScrape(ctx, t, of), metric)
		return got >= atLeast, fmt.Sprintf("%v of %v", got, atLeast)
	})
	if err != nil {
		t.Fatal(err)
	}
}
