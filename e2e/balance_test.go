package e2e

import (
	"context"
	"maps"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// variantEndpoints are the backends of insecure.river and service.river.
var variantEndpoints = []string{"localhost:55690", "localhost:55700", "localhost:55710"}

// variantLoad is 10,000 traces. With two clients, each trace sends half of its spans by each.
func variantLoad() harness.Load {
	return harness.NewLoad(harness.Shape{Seed: 2, Traces: 10_000, Spans: 8, Services: 40, Logs: 2})
}

// TestBalance balances spans and log records over three backends. The routes differ by the routing key and the
// dialect: in Agent Flow, routing_key is about spans only, and log records always go by their trace.
func TestBalance(t *testing.T) {
	hashes := ring.New(variantEndpoints...)
	for _, c := range []struct {
		name, dialect, river string
		spans, logs          route
	}{
		{"traceID", "flow", "e2e/testdata/insecure.river", spansByTrace(hashes), logsByTrace(hashes)},
		{"service", "flow", "e2e/testdata/service.river", spansByService(hashes), logsByTrace(hashes)},
		{"service_alloy", "alloy", "e2e/testdata/service.river", spansByService(hashes), logsByService(hashes)},
	} {
		t.Run(c.name, func(t *testing.T) {
			inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
				load := variantLoad()
				var firstSpans, firstLogs map[string]string
				for _, f := range forms(ctx, t, c.dialect, inRepository(t, c.river)) {
					t.Run(f.name, func(t *testing.T) {
						spans, logs := balance(ctx, t, f, load, c.spans, c.logs)
						if firstSpans == nil {
							firstSpans, firstLogs = spans, logs
						}
						if !maps.Equal(spans, firstSpans) || !maps.Equal(logs, firstLogs) {
							t.Error("the placement differs from that of the converted YAML")
						}
					})
				}
			})
		})
	}
}

// balance sends a load through one load balancer over gRPC and HTTP and returns who got the keys of spans and of logs.
func balance(ctx context.Context, t *testing.T, f form, load harness.Load, spanRoute, logRoute route) (
	spanOwner, logOwner map[string]string,
) {
	t.Helper()
	backends := startBackends(t, nil, variantEndpoints...)
	lb := startLoadBalancer(ctx, t, f, []string{grpcAddr, httpAddr})
	web := newClient(t, harness.NewHTTPClient, httpAddr)
	send(ctx, t, load, backends, newClient(t, harness.NewGRPCClient, grpcAddr), web)
	// Its connections may include one without a request yet, for which an HTTP server that ends waits five seconds.
	if err := web.Close(); err != nil {
		t.Fatal(err)
	}
	// What it would deliver a second time, it delivers before it ends.
	if err := lb.Stop(); err != nil {
		t.Fatal(err)
	}
	spans, logs := backends.Take()
	spanOwner = placed(t, "spans", spans, load.Spans, spanRoute)
	logOwner = placed(t, "logs", logs, load.Logs, logRoute)
	t.Logf("%d spans, keys:%s", len(load.Spans), shares(spanOwner))
	t.Logf("%d log records, keys:%s", len(load.Logs), shares(logOwner))
	return spanOwner, logOwner
}
