package e2e

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// TestDNSRemovedDeadBackend: what v0.158.0 has acknowledged and holds for a backend that does not answer is lost when
// the backend leaves the list. It is neither sent to the backends that are left, nor to this one when it is back. Pods
// disappear like this, unless they serve until DNS has forgotten them.
func TestDNSRemovedDeadBackend(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		for _, f := range pollingForms(ctx, t) {
			t.Run(f.name, func(t *testing.T) {
				removeDead(ctx, t, names, f)
			})
		}
	})
}

func removeDead(ctx context.Context, t *testing.T, names *nameserver.Server, f form) {
	t.Helper()
	names.Set(agentName, nameserver.Answer{Addresses: loopback(1, 2, 3)})
	all := endpoints(loopback(1, 2, 3)...)
	backends := startBackends(t, nil, all...)
	tier := startTier(ctx, t, f, agentAddr, backends)
	tier.stays(ctx, t, all...)

	dead := all[2]
	backends[2].Stop()
	load, hashes := tier.nextLoad(), ring.New(all...)
	if err := load.Send(ctx, nil, tier.client); err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, r := range load.Spans {
		if hashes.Span(r.Trace) == dead {
			held++
		}
	}
	names.Set(agentName, nameserver.Answer{Addresses: loopback(1, 2)})
	err := harness.Until(ctx, "what is held for the dead backend to be dropped", func() (bool, string) {
		n := dropped(tier.lb.Log())
		return n >= held, fmt.Sprintf("%d of %d spans", n, held)
	})
	if err != nil {
		t.Fatal(err)
	}

	tier.backends[2] = startBackends(t, nil, dead)[0]
	if err := tier.lb.Stop(); err != nil { // what it would deliver, it delivers before it ends
		t.Fatal(err)
	}
	spans, _ := tier.backends.Take()
	audit := spans.Audit(load.Spans)
	for _, r := range audit.Missing {
		if owner := hashes.Span(r.Trace); owner != dead {
			t.Errorf("span %s of backend %s is lost, too", r.Span, owner)
		}
	}
	if len(audit.Missing) != held || len(audit.Repeated)+len(audit.Unknown) > 0 {
		t.Errorf("%d spans are lost, %d were held for the dead backend; %d came more than once, %d were never sent",
			len(audit.Missing), held, len(audit.Repeated), len(audit.Unknown))
	}
}

var droppedItems = regexp.MustCompile(`"dropped_items": (\d+)`)

// dropped is how many spans a load balancer says that it has dropped.
func dropped(log string) (spans int) {
	for line := range strings.Lines(log) {
		if m := droppedItems.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1])
			spans += n
		}
	}
	return spans
}
