package e2e

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// TestBalancerPlacement: whatever the way that a record comes in, it arrives exactly once, at the backend that an
// independent computation names: spans and log records by their trace, so that they meet, data points by their service.
// Requests of one trace come by all ways.
func TestBalancerPlacement(t *testing.T) {
	forEachDoor(t, func(ctx context.Context, t *testing.T, d door) {
		backends := startBackends(t, nil, endpointsAt("127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5")...)
		var names []string
		for _, b := range backends {
			names = append(names, b.Addr())
		}
		where := ring.NewRendezvous(names...)
		lb := startDoor(ctx, t, d.form(list(names...)))
		load := harness.NewLoad(harness.Shape{Seed: 41, Traces: 3000, Spans: 6, Services: 60, Logs: 3, Points: 4})
		calls, web := everyWay(t)
		if err := load.Send(ctx, nil, append(calls, web...)...); err != nil {
			t.Fatal(err)
		}
		settles(ctx, t)
		for _, client := range web {
			if err := client.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := lb.Stop(); err != nil {
			t.Fatal(err)
		}
		spans, logs, points := exactlyOnce(t, backends, load)
		spanOwner := placed(t, "spans", spans, load.Spans, spansByRendezvous(where))
		logOwner := placed(t, "logs", logs, load.Logs, spansByRendezvous(where))
		placed(t, "points", points, load.Points, byRendezvousOfServices(where))
		if !maps.Equal(spanOwner, logOwner) {
			t.Error("spans and log records of a trace do not meet")
		}
		noComplaints(t, lb)
		t.Logf("%d spans, %d log records, %d data points; traces:%s", len(load.Spans), len(load.Logs), len(load.Points),
			shares(spanOwner))
	})
}

// everyWay is a client for each protocol and each way to write requests. Those over HTTP have to be closed before the
// server ends: it waits five seconds for a connection without a request yet.
func everyWay(t *testing.T) (calls, web []harness.Client) {
	t.Helper()
	for _, way := range []harness.Form{{}, {Gzip: true}} {
		calls = append(calls, newClient(t, harness.Credentials{Form: way}.GRPCClient, grpcAddr))
	}
	for _, way := range []harness.Form{{}, {Gzip: true}, {JSON: true}, {JSON: true, Gzip: true}} {
		web = append(web, newClient(t, harness.Credentials{Form: way}.HTTPClient, httpAddr))
	}
	return calls, web
}

// TestBalancerMixedFleet: with the ring of v0.158, otlp_balancer stands beside load_balancing of the plain collector,
// and half of each trace goes through either. All of a trace arrives at the one backend that the ring names.
func TestBalancerMixedFleet(t *testing.T) {
	const theirs = "127.1.0.1:4317"
	hashes := ring.New(variantEndpoints...)
	for _, c := range []struct {
		key, signals string
		door         door
		spans, logs  route
	}{
		{"traceID", "traces, logs", receiverDoor, spansByTrace(hashes), logsByTrace(hashes)},
		{"service", "traces, logs, metrics", exporterDoor, spansByService(hashes), logsByService(hashes)},
	} {
		t.Run(c.key, func(t *testing.T) {
			inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
				backends := startBackends(t, nil, variantEndpoints...)
				lb := startDoor(ctx, t, c.door.formOf(c.signals, list(variantEndpoints...), "hashing: ring",
					"ring_compat: v0.158", "routing_key: "+c.key))
				plain := launchCollector(t, "the plain load balancer", plainBalancer(c.key, c.signals, theirs), []string{theirs})
				if err := plain.Ready(ctx); err != nil {
					t.Fatal(err)
				}
				shape := harness.Shape{Seed: 42, Traces: 3000, Spans: 8, Services: 40, Logs: 4}
				if c.signals == "traces, logs, metrics" {
					shape.Points = 4
				}
				load := harness.NewLoad(shape)
				clients := []harness.Client{
					newClient(t, harness.NewGRPCClient, grpcAddr), newClient(t, harness.NewGRPCClient, theirs),
				}
				if err := load.Send(ctx, nil, clients...); err != nil {
					t.Fatal(err)
				}
				settles(ctx, t)
				for _, collector := range []*harness.Collector{lb, plain} { // plain delivers the rest before it ends
					if err := collector.Stop(); err != nil {
						t.Fatal(err)
					}
				}
				spans, logs, points := exactlyOnce(t, backends, load)
				placed(t, "spans", spans, load.Spans, c.spans)
				placed(t, "logs", logs, load.Logs, c.logs)
				if owner, split := points.Placement(harness.ByService); len(split) > 0 {
					t.Errorf("data points of %d of %d services reached several backends", len(split), len(owner))
				}
			})
		})
	}
}

// plainBalancer is the plain collector with load_balancing.
func plainBalancer(key, signals, listens string) form {
	config := fmt.Sprintf(`yaml:
receivers:
  otlp: {protocols: {grpc: {endpoint: %q}}}
exporters:
  load_balancing:
    routing_key: %s
    protocol: {otlp: {tls: {insecure: true}}}
    %s
service:
  telemetry: {metrics: {level: none}}
  pipelines:
`, listens, key, list(variantEndpoints...))
	for signal := range strings.SplitSeq(signals, ", ") {
		config += fmt.Sprintf("    %s: {receivers: [otlp], exporters: [load_balancing]}\n", signal)
	}
	return form{"plain", harness.Plain, []string{config}}
}
