package e2e

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestReloadThatEnds: what a reload does not survive, as docs/operate.md says: any mistake in YAML, and River that
// converts to what v0.158.0 rejects. TestReload shows the mistake in River that it does survive.
func TestReloadThatEnds(t *testing.T) {
	const rejected = `otelcol.receiver.otlp "default" {
	grpc {}
	output { traces = [otelcol.exporter.otlp.default.input] }
}
otelcol.exporter.otlp "default" {
	client {
		endpoint = "localhost:55690"
		tls { key_file = "missing" }
	}
}
`
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		river := inRepository(t, "e2e/testdata/insecure.river")
		startBackends(t, nil, variantEndpoints...)
		for _, c := range []struct{ name, scheme, good, bad, says string }{
			{"no_yaml", "file:", convert(ctx, t, "flow", river), "receivers: [[", "contents are not valid YAML"},
			{"rejected_river", "river:", river, rejected, "TLS configuration must include both certificate and key"},
		} {
			t.Run(c.name, func(t *testing.T) {
				config := newLiveFile(t, "live"+filepath.Ext(c.good), c.good)
				lb := startLoadBalancer(ctx, t, form{c.name, harness.River, []string{c.scheme + string(config)}},
					[]string{grpcAddr})
				sendOne(ctx, t) // a collector catches SIGHUP only just after it says that it is ready
				if err := os.WriteFile(string(config), []byte(c.bad), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := lb.Signal(syscall.SIGHUP); err != nil {
					t.Fatal(err)
				}
				code, err := lb.Wait(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if code <= 0 {
					t.Errorf("exit code %d, expected a failure", code)
				}
				logs(ctx, t, lb, c.says)
			})
		}
	})
}

// sendOne sends a span to the collector and returns when it is acknowledged.
func sendOne(ctx context.Context, t *testing.T) {
	t.Helper()
	load := harness.NewLoad(harness.Shape{Seed: 1, Traces: 1, Spans: 1, Services: 1})
	if err := load.Send(ctx, nil, newClient(t, harness.NewGRPCClient, grpcAddr)); err != nil {
		t.Fatal(err)
	}
}
