package e2e

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// modular is a load balancer whose parts stand in a module, and that sends traces about itself to a backend of its own.
const modular = `
import.file "lib" {
	filename = "lib.alloy"
}

lib.balancer "default" {
	backends = ["127.0.0.1:4327", "127.0.0.1:4328"]
}

foreach "listeners" {
	collection = ["127.0.0.1:4317"]
	var        = "address"

	template {
		otelcol.receiver.otlp "default" {
			grpc {
				endpoint = address
			}

			output {
				traces = [lib.balancer.default.input]
				logs   = [lib.balancer.default.input]
			}
		}
	}
}

tracing {
	sampling_fraction = 1
	write_to          = [otelcol.exporter.otlp.own.input]
}

otelcol.exporter.otlp "own" {
	client {
		endpoint = "127.0.0.1:4329"

		tls {
			insecure = true
		}
	}
}
`

const balancerModule = `
declare "balancer" {
	argument "backends" {}

	otelcol.exporter.loadbalancing "default" {
		resolver {
			static {
				hostnames = argument.backends.value
			}
		}

		protocol {
			otlp {
				client {
					tls {
						insecure = true
					}
				}
			}
		}
	}

	export "input" {
		value = otelcol.exporter.loadbalancing.default.input
	}
}
`

// TestModules: a configuration that is split into modules balances traces, read by riverconv and by the collector; and
// the collector's own traces arrive where the tracing block sends them.
func TestModules(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		folder := t.TempDir()
		main := filepath.Join(folder, "main.alloy")
		for path, text := range map[string]string{main: modular, filepath.Join(folder, "lib.alloy"): balancerModule} {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		load := harness.NewLoad(harness.Shape{Seed: 1, Traces: 200, Spans: 4, Services: 3, Logs: 1})
		for _, f := range forms(ctx, t, "alloy", main) {
			t.Run(f.name, func(t *testing.T) {
				backends := startBackends(t, nil, "127.0.0.1:4327", "127.0.0.1:4328")
				own := startBackends(t, nil, "127.0.0.1:4329")
				lb := startLoadBalancer(ctx, t, f, []string{grpcAddr})
				send(ctx, t, load, backends, newClient(t, harness.NewGRPCClient, grpcAddr))
				if err := lb.Stop(); err != nil { // which flushes the collector's own traces
					t.Fatal(err)
				}
				spans, logs := backends.Take()
				for name, err := range map[string]error{
					"spans": spans.Audit(load.Spans).Err(), "log records": logs.Audit(load.Logs).Err(),
				} {
					if err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
				about, _ := own.Take()
				owner, _ := about.Placement(harness.ByService)
				if len(owner) != 1 || owner["otelcol-river"] == "" {
					t.Errorf("the collector's own traces come from the services %v, not from otelcol-river alone", owner)
				}
			})
		}
	})
}
