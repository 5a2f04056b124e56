package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

// TestKubernetesIsFasterThanDNS lets the page's two load balancers follow one change, each by its own settings. For dns
// the change comes just after a lookup, so that its interval of five seconds lies ahead. The measured times are in the
// log of the test.
func TestKubernetesIsFasterThanDNS(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		c := startCluster(ctx, t)
		c.grant(ctx, t, kubeNamespace)
		backends := startBackends(t, nil, endpoints(pods(1, 2, 3)...)...)
		before, after := pods(1, 2), pods(2, 3)
		took := map[string]time.Duration{}
		for _, resolver := range []struct {
			name, river string
			change      func()
		}{
			{"dns", agentRiver, func() {
				asked := names.Asked(agentName)
				err := harness.Until(ctx, "the next lookup", func() (bool, string) {
					return names.Asked(agentName) > asked, fmt.Sprintf("%d so far", asked)
				})
				if err != nil {
					t.Fatal(err)
				}
				names.Set(agentName, nameserver.Answer{Addresses: after})
			}},
			{"kubernetes", kubeRiver, func() { c.serve(ctx, t, after...) }},
		} {
			t.Run(resolver.name, func(t *testing.T) {
				names.Set(agentName, nameserver.Answer{Addresses: before})
				c.serve(ctx, t, before...)
				f := forms(ctx, t, "flow", inRepository(t, resolver.river))[1]
				tier := startTier(ctx, t, f, agentAddr, backends, c.server.PodEnv()...)
				tier.stays(ctx, t, endpoints(before...)...)
				resolver.change()
				start := time.Now()
				tier.reaches(ctx, t, endpoints(after...)...)
				took[resolver.name] = time.Since(start)
			})
		}
		t.Logf("a change is followed within %s by dns and %s by kubernetes", took["dns"], took["kubernetes"])
		if took["kubernetes"] >= took["dns"] {
			t.Error("kubernetes is not faster")
		}
	})
}
