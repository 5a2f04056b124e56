package e2e

import (
	"context"
	"maps"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// The backends of three.river, and of four.river.
var (
	threeEndpoints = []string{"127.0.0.1:55690", "127.0.0.2:55690", "127.0.0.3:55690"}
	fourEndpoints  = append(threeEndpoints[:3:3], "127.0.0.4:55690")
)

// TestResize gives a running load balancer a fourth backend. The traces that move are those that the ring of v0.158.0
// moves, all of them to the new backend, and they are about a quarter.
func TestResize(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		three, four := inRepository(t, "e2e/testdata/three.river"), inRepository(t, "e2e/testdata/four.river")
		var first map[string]bool
		for _, c := range []struct{ name, scheme, three, four string }{
			{"yaml", "file:", convert(ctx, t, "flow", three), convert(ctx, t, "flow", four)},
			{"river", "river:", three, four},
		} {
			t.Run(c.name, func(t *testing.T) {
				moved := resize(ctx, t, c.scheme, c.three, c.four)
				if first == nil {
					first = moved
				}
				if !maps.Equal(moved, first) {
					t.Error("other traces move than with the converted YAML")
				}
			})
		}
	})
}

// resize sends the same traces before and after the reload and returns those that moved.
func resize(ctx context.Context, t *testing.T, scheme, three, four string) map[string]bool {
	t.Helper()
	backends := startBackends(t, nil, fourEndpoints...)
	config := newLiveFile(t, "live", three)
	live := form{"live", harness.River, []string{scheme + string(config)}}
	lb := startLoadBalancer(ctx, t, live, []string{grpcAddr, httpAddr})
	client := newClient(t, harness.NewGRPCClient, grpcAddr)
	load := harness.NewLoad(harness.Shape{Seed: 3, Traces: 10_000, Spans: 4, Services: 8})
	ringOfThree, ringOfFour := ring.New(threeEndpoints...), ring.New(fourEndpoints...)

	send(ctx, t, load, backends, client)
	config.become(t, four)
	if err := lb.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	before, _ := backends.Take()
	if n := len(before[fourEndpoints[3]]); n > 0 {
		t.Errorf("%d spans reached the fourth backend before it was there", n)
	}
	delete(before, fourEndpoints[3])
	ownerBefore := placed(t, "spans over three", before, load.Spans, spansByTrace(ringOfThree))

	send(ctx, t, load, backends, client)
	if err := lb.Stop(); err != nil {
		t.Fatal(err)
	}
	after, _ := backends.Take()
	ownerAfter := placed(t, "spans over four", after, load.Spans, spansByTrace(ringOfFour))

	moved, wantMoved := map[string]bool{}, map[string]bool{}
	for _, r := range load.Spans {
		trace := harness.ByTrace(r)
		if ownerBefore[trace] != ownerAfter[trace] {
			moved[trace] = true
		}
		if ringOfThree.Span(r.Trace) != ringOfFour.Span(r.Trace) {
			wantMoved[trace] = true
		}
	}
	if !maps.Equal(moved, wantMoved) {
		t.Errorf("%d traces moved; the ring moves %d, and not all are the same", len(moved), len(wantMoved))
	}
	for trace := range moved {
		if ownerAfter[trace] != fourEndpoints[3] {
			t.Errorf("trace %s moved to %s, an old backend", trace, ownerAfter[trace])
			break
		}
	}
	share := 100 * float64(len(moved)) / float64(len(ownerBefore))
	t.Logf("%.1f %% of %d traces moved; now%s", share, len(ownerBefore), shares(ownerAfter))
	if share < 19 || share > 32 {
		t.Errorf("%.1f %% of the traces moved, expected 19 to 32", share)
	}
	return moved
}
