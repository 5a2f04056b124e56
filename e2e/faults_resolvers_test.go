package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

// findByDNS has the load balancer find its backends in DNS.
func findByDNS(_ context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	names := startNameServer(t, "nameserver 127.0.0.1\n")
	tier.river = changed(t, "configs/tail-sampling/load_balancer.river", staticResolver, dnsResolver)
	tier.resolver = "dns"
	tier.scaleTo = func(addresses ...string) {
		names.Set(samplersName, nameserver.Answer{Addresses: parsed(addresses)})
	}
	tier.scaleTo(tier.members...)
}

// findByKubernetes has the load balancer find its backends in EndpointSlices. Pods have addresses of their own there.
func findByKubernetes(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	c := startCluster(ctx, t)
	c.grant(ctx, t, kubeNamespace)
	tier.river = changed(t, "configs/tail-sampling/load_balancer.river", staticResolver,
		fmt.Sprintf("kubernetes {\nservice = %q\nports = [4317]\n}", kubeService))
	tier.env = append(tier.env, c.server.PodEnv()...)
	tier.members = []string{"10.1.0.2", "10.1.0.3", "10.1.0.4"}
	tier.resolver = "k8s"
	tier.scaleTo = func(addresses ...string) { c.serve(ctx, t, parsed(addresses)...) }
	tier.scaleTo(tier.members...)
}

func parsed(addresses []string) (all []netip.Addr) {
	for _, addr := range addresses {
		all = append(all, netip.MustParseAddr(addr))
	}
	return all
}

// replaceAll gives each backend in turn a successor at another address. The old one is asked to end at the moment at
// which it leaves the list, as Kubernetes does with pods.
func replaceAll(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	members := append([]string(nil), tier.members...)
	for i, old := range tier.members {
		members[i] = strings.Replace(old, ".0.0.", ".0.1.", 1)
		if tier.resolver == "k8s" {
			members[i] = strings.Replace(old, ".1.0.", ".1.1.", 1)
		}
		tier.startBackend(ctx, t, members[i])
		tier.know(members...)
		tier.scaleTo(members...)
		must(t, tier.hit(old).Stop())
		tier.follows(ctx, t, members[i])
		pause(ctx, t, faultStep)
	}
}

// follows waits until a new backend gets spans.
func (tier *faultTier) follows(ctx context.Context, t *testing.T, addr string) {
	t.Helper()
	err := harness.Until(ctx, "spans to reach "+addr, func() (bool, string) {
		arrived, err := tier.backends[addr].Arrivals()
		if err != nil {
			return false, err.Error()
		}
		return len(arrived) > 0, "none"
	})
	if err != nil {
		t.Fatal(err)
	}
}
