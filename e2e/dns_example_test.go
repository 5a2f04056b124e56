package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

// The page's first DNS example, configs/dns.river. TLS is on in it.
const (
	exampleRiver = "configs/dns.river"
	exampleName  = "grafana-agent-traces-sampling.grafana-cloud-monitoring.svc.cluster.local"
)

// TestDNSExample runs the page's first DNS example to the letter, with its interval of five seconds: traces and logs,
// TLS between load balancer and backends. A backend is called by its address, so its certificate has to hold that.
func TestDNSExample(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		addresses := loopback(1, 2, 3)
		cert, text, err := harness.NewCertificate("127.0.0.1", "127.0.0.2", "127.0.0.3")
		if err != nil {
			t.Fatal(err)
		}
		trusted := trustFile(t, text)
		for _, f := range forms(ctx, t, "flow", inRepository(t, exampleRiver)) {
			t.Run(f.name, func(t *testing.T) {
				names.Set(exampleName, nameserver.Answer{Addresses: addresses[:2]})
				backends := startBackends(t, &cert, endpoints(addresses...)...)
				tier := startTier(ctx, t, f, grpcAddr, backends, trusted)
				tier.shape.Logs = 2
				tier.stays(ctx, t, endpoints(addresses[:2]...)...)
				names.Set(exampleName, nameserver.Answer{Addresses: addresses[1:]})
				tier.reaches(ctx, t, endpoints(addresses[1:]...)...)
			})
		}
	})
}

// TestDNSAgentExample runs the load balancer of the page's Kubernetes example to the letter. It states neither interval
// nor timeout.
func TestDNSAgentExample(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		addresses := loopback(1, 2, 3)
		for _, f := range forms(ctx, t, "flow", inRepository(t, agentRiver)) {
			t.Run(f.name, func(t *testing.T) {
				names.Set(agentName, nameserver.Answer{Addresses: addresses[:2]})
				tier := startTier(ctx, t, f, agentAddr, startBackends(t, nil, endpoints(addresses...)...))
				tier.stays(ctx, t, endpoints(addresses[:2]...)...)
				names.Set(agentName, nameserver.Answer{Addresses: addresses})
				tier.reaches(ctx, t, endpoints(addresses...)...)
			})
		}
	})
}

// TestDNSCertificate: a certificate for the name that was looked up does not do, because the load balancer calls each
// backend by its address; server_name has it expect the name.
func TestDNSCertificate(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		addresses := loopback(1, 2)
		names.Set(exampleName, nameserver.Answer{Addresses: addresses})
		cert, text, err := harness.NewCertificate(exampleName)
		if err != nil {
			t.Fatal(err)
		}
		trusted := trustFile(t, text)
		backends := startBackends(t, &cert, endpoints(addresses...)...)

		t.Run("page", func(t *testing.T) {
			tier := startTier(ctx, t, forms(ctx, t, "flow", inRepository(t, exampleRiver))[1], grpcAddr, backends, trusted)
			if err := tier.nextLoad().Send(ctx, nil, tier.client); err != nil {
				t.Fatal(err)
			}
			for _, address := range addresses {
				complaint := "cannot validate certificate for " + address.String() + " because it doesn't contain any IP SANs"
				err := harness.Until(ctx, "the certificate of "+address.String()+" to be rejected", func() (bool, string) {
					return strings.Contains(tier.lb.Log(), complaint), "it is not"
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if spans, _ := backends.Count(); spans != 0 {
				t.Errorf("%d spans arrived", spans)
			}
		})
		named := changed(t, exampleRiver, "client {}", `client { tls { server_name = "`+exampleName+`" } }`)
		for _, f := range forms(ctx, t, "flow", named) {
			t.Run("server_name_"+f.name, func(t *testing.T) {
				startTier(ctx, t, f, grpcAddr, backends, trusted).stays(ctx, t, endpoints(addresses...)...)
			})
		}
	})
}
