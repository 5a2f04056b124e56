package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// balancerTier is a load balancer that finds its backends by itself, and those that may be behind it.
type balancerTier struct {
	lb       *harness.Collector
	client   harness.Client
	backends harness.Backends
	shape    harness.Shape
}

// startTier starts a load balancer that listens at addr.
func startTier(
	ctx context.Context, t *testing.T, f form, addr string, backends harness.Backends, env ...string,
) *balancerTier {
	t.Helper()
	return newTier(t, startLoadBalancer(ctx, t, f, []string{addr}, env...), addr, backends)
}

func newTier(t *testing.T, lb *harness.Collector, addr string, backends harness.Backends) *balancerTier {
	t.Helper()
	return &balancerTier{
		lb:       lb,
		client:   newClient(t, harness.NewGRPCClient, addr),
		backends: backends,
		shape:    harness.Shape{Traces: 300, Spans: 4, Services: 8},
	}
}

// reaches waits until traffic goes to these backends and no others, and checks that it stays so.
func (b *balancerTier) reaches(ctx context.Context, t *testing.T, want ...string) {
	t.Helper()
	slices.Sort(want)
	err := harness.Until(ctx, "traffic to go to "+strings.Join(want, ", "), func() (bool, string) {
		_, spans, logs := b.deliver(ctx, t)
		reached := reachedBy(spans)
		same := slices.Equal(reached, want) && (b.shape.Logs == 0 || slices.Equal(reachedBy(logs), want))
		return same, fmt.Sprintf("spans reach %v, log records %v", reached, reachedBy(logs))
	})
	if err != nil {
		t.Fatal(err)
	}
	b.stays(ctx, t, want...)
}

// stays checks that traffic goes to these backends, as their ring says, exactly once, and to no others.
func (b *balancerTier) stays(ctx context.Context, t *testing.T, want ...string) {
	t.Helper()
	load, spans, logs := b.deliver(ctx, t)
	b.placed(t, load, spans, logs, want)
}

// placed checks that all of a load is where the ring of these backends says, exactly once.
func (b *balancerTier) placed(t *testing.T, load harness.Load, spans, logs harness.Delivery, want []string) {
	t.Helper()
	hashes := ring.New(want...)
	for _, signal := range []struct {
		name string
		got  harness.Delivery
		sent []harness.Record
		by   route
	}{{"spans", spans, load.Spans, spansByTrace(hashes)}, {"log records", logs, load.Logs, logsByTrace(hashes)}} {
		if len(signal.sent) == 0 {
			continue
		}
		maps.DeleteFunc(signal.got, func(backend string, records map[harness.Record]int) bool {
			return len(records) == 0 && !slices.Contains(want, backend)
		})
		placed(t, signal.name, signal.got, signal.sent, signal.by)
	}
}

// deliver sends a new load and returns when all of it has arrived, with what of it each backend got.
func (b *balancerTier) deliver(ctx context.Context, t *testing.T) (load harness.Load, spans, logs harness.Delivery) {
	t.Helper()
	load = b.nextLoad()
	if err := load.Send(ctx, nil, b.client); err != nil {
		t.Fatal(err)
	}
	spans, logs = b.arrived(ctx, t, load)
	return load, spans, logs
}

// arrived waits until all of a load has arrived and returns what of it each backend got.
func (b *balancerTier) arrived(ctx context.Context, t *testing.T, load harness.Load) (spans, logs harness.Delivery) {
	t.Helper()
	spans, logs = harness.Delivery{}, harness.Delivery{}
	err := harness.Until(ctx, "the load to arrive", func() (bool, string) {
		moreSpans, moreLogs := b.backends.Take()
		spans.Add(onlyOf(load.Spans, moreSpans))
		logs.Add(onlyOf(load.Logs, moreLogs))
		missing := len(spans.Audit(load.Spans).Missing) + len(logs.Audit(load.Logs).Missing)
		return missing == 0, fmt.Sprintf("%d records are missing", missing)
	})
	if err != nil {
		t.Fatal(err)
	}
	return spans, logs
}

// nextLoad is a load that was not sent before: what arrives late is known by its records.
func (b *balancerTier) nextLoad() harness.Load {
	b.shape.Seed++
	return harness.NewLoad(b.shape)
}

// reachedBy lists the backends that got something.
func reachedBy(got harness.Delivery) (backends []string) {
	for backend, records := range got {
		if len(records) > 0 {
			backends = append(backends, backend)
		}
	}
	slices.Sort(backends)
	return backends
}
