package e2e

import (
	"context"
	"maps"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// TestStaticExample runs the static example of the documentation page to the letter: its ports, and its TLS, which is
// on by default. The certificate of the backends is trusted as an administrator would do it, by SSL_CERT_FILE.
func TestStaticExample(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		cert, text, err := harness.NewCertificate("localhost")
		if err != nil {
			t.Fatal(err)
		}
		trusted := trustFile(t, text)
		endpoints := []string{"localhost:55690", "localhost:55700"}
		hashes := ring.New(endpoints...)
		load := harness.NewLoad(harness.Shape{Seed: 1, Traces: 1000, Spans: 6, Services: 9, Logs: 3})

		var first map[string]string
		for _, f := range forms(ctx, t, "flow", inRepository(t, "configs/static.river")) {
			t.Run(f.name, func(t *testing.T) {
				backends := startBackends(t, &cert, endpoints...)
				lb := startLoadBalancer(ctx, t, f, []string{grpcAddr}, trusted)
				send(ctx, t, load, backends, newClient(t, harness.NewGRPCClient, grpcAddr))
				if err := lb.Stop(); err != nil {
					t.Fatal(err)
				}
				spans, logs := backends.Take()
				owner := placed(t, "spans", spans, load.Spans, spansByTrace(hashes))
				placed(t, "logs", logs, load.Logs, logsByTrace(hashes))
				t.Logf("traces:%s", shares(owner))
				if first == nil {
					first = owner
				}
				if !maps.Equal(owner, first) {
					t.Error("the placement differs from that of the converted YAML")
				}
			})
		}
	})
}
