package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

const (
	samplersName = "samplers.example."
	fourthOne    = "127.0.0.5"
	// What the load balancer of the test asks in the place of its list.
	staticResolver = `static {
      hostnames = ["127.0.0.2:4317", "127.0.0.3:4317", "127.0.0.4:4317"]
    }`
	dnsResolver = `dns {
      hostname = "` + samplersName + `"
      port     = "4317"
      interval = "100ms"
    }`
)

// TestTailSamplingScale scales a tier from three samplers to four and back, under load. Half of the spans of some
// traces is sent before each change, with the errors, and half after it. Nothing is lost or repeated; the traces that
// the ring moves are split, and the sampler that gets the second half does not know of the errors.
func TestTailSamplingScale(t *testing.T) {
	// They decide when they are stopped: each span is on time, as far as time goes.
	judges := []judge{
		{"all", `decision_wait = "1h"`, policy("always_sample", "")},
		{"failed", `decision_wait = "1h"`, errorPolicy},
	}
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, "nameserver 127.0.0.1\n")
		addresses := append(append([]string(nil), backendAddresses...), fourthOne)
		samplers := startSamplers(ctx, t, judges, addresses...)
		scaleTo := func(n int) {
			var found []netip.Addr
			for _, addr := range addresses[:n] {
				found = append(found, netip.MustParseAddr(addr))
			}
			names.Set(samplersName, nameserver.Answer{Addresses: found})
		}
		scaleTo(3)
		river := changed(t, "configs/tail-sampling/load_balancer.river", staticResolver, dnsResolver)
		lb := startAt(ctx, t, riverForm(river), balancerAddress)
		client := newClient(t, harness.NewGRPCClient, receiverAt(balancerAddress))
		knows(ctx, t, 3)

		others := startStream(ctx, t, client)
		out := newHalves(4)
		out.sendFirst(ctx, t, client)
		scaleTo(4)
		knows(ctx, t, 4)
		out.sendSecond(ctx, t, client)

		in := newHalves(5)
		in.sendFirst(ctx, t, client)
		scaleTo(3)
		knows(ctx, t, 3)
		in.sendSecond(ctx, t, client)

		sent := others.stop(t)
		if err := lb.Stop(); err != nil { // what it holds, it delivers before it ends
			t.Fatal(err)
		}
		kept := stopSamplers(t, samplers)
		sent = append(append(sent, out.records()...), in.records()...)
		if err := kept["all"].Audit(sent).Err(); err != nil {
			t.Error(err)
		}
		t.Logf("%d spans of other traces came meanwhile", len(sent)-len(out.records())-len(in.records()))
		three, four := ring.New(endpointsAt(addresses[:3]...)...), ring.New(endpointsAt(addresses...)...)
		t.Run("out", func(t *testing.T) { out.check(t, kept, three, four) })
		t.Run("in", func(t *testing.T) { in.check(t, kept, four, three) })
	})
}

// knows waits until the load balancer sends to so many backends. v0.158.0 counts them before it changes its ring, but
// has changed it when it looks names up again.
func knows(ctx context.Context, t *testing.T, backends int) {
	t.Helper()
	seenAt := 0
	err := harness.Until(ctx, "the load balancer to follow the change", func() (bool, string) {
		metrics, err := harness.ReadMetrics(ctx, balancerAddress+":8888")
		if err != nil {
			return false, err.Error()
		}
		n := int(metrics.Sum("otelcol_loadbalancer_num_backends", "resolver", "dns"))
		lookups := int(metrics.Sum("otelcol_loadbalancer_num_resolutions", "resolver", "dns"))
		if n == backends && seenAt == 0 {
			seenAt = lookups
		}
		return n == backends && lookups >= seenAt+2, fmt.Sprintf("%d backends in lookup %d", n, lookups)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// halves are traces whose first spans are sent before a change of the tier, and their last ones after it.
type halves struct {
	first, second harness.Load
	failed        map[pcommon.TraceID]bool // have errors in the first half
}

func newHalves(seed uint64) (h halves) {
	shape := harness.Shape{Seed: seed, Traces: 1200, Spans: 4, Services: 8}
	_, h.second = harness.NewLoad(shape).Halves()
	h.failed = errorsIn(&shape)
	h.first, _ = harness.NewLoad(shape).Halves()
	return h
}

func (h halves) sendFirst(ctx context.Context, t *testing.T, client harness.Client) {
	t.Helper()
	if err := h.first.Send(ctx, nil, client); err != nil {
		t.Fatal(err)
	}
}

func (h halves) sendSecond(ctx context.Context, t *testing.T, client harness.Client) {
	t.Helper()
	if err := h.second.Send(ctx, nil, client); err != nil {
		t.Fatal(err)
	}
}

func (h halves) records() []harness.Record {
	return append(append([]harness.Record(nil), h.first.Spans...), h.second.Spans...)
}

// check compares which traces were split with what the rings say, and what was kept of those with errors: all of a
// whole one, the first half of a split one.
func (h halves) check(t *testing.T, kept verdicts, before, after ring.Ring) {
	t.Helper()
	_, split := kept["all"].Placement(harness.ByTrace)
	spansKept := kept.spansOf("failed")
	traces, moved, cut := map[pcommon.TraceID]bool{}, 0, 0
	for _, r := range h.records() {
		if traces[r.Trace] {
			continue
		}
		traces[r.Trace] = true
		moves, want := before.Span(r.Trace) != after.Span(r.Trace), 0
		if moves {
			moved++
		}
		if moves != split[r.Trace.String()] {
			t.Errorf("trace %s is split: %v, the rings say %v", r.Trace, split[r.Trace.String()], moves)
		}
		if h.failed[r.Trace] {
			want = 4
			if moves {
				want = 2
				cut++
			}
		}
		if got := spansKept[r.Trace]; got != want {
			t.Errorf("%d spans of trace %s are kept, want %d", got, r.Trace, want)
		}
	}
	share := float64(moved) / float64(len(traces))
	t.Logf("%.1f %% of %d traces in flight are split; of %d with errors, %d are kept in half",
		100*share, len(traces), len(h.failed), cut)
	if share < 0.15 || share > 0.35 {
		t.Error("that is not about a quarter")
	}
}

// stream sends loads one after the other until it is stopped.
type stream struct {
	cancel context.CancelFunc
	done   chan struct{}
	sent   []harness.Record
	err    error
}

// streamLimit bounds a stream whose test does not stop it.
const streamLimit = 500

func startStream(ctx context.Context, t *testing.T, client harness.Client) *stream {
	t.Helper()
	enough, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	s := &stream{cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		for seed := range uint64(streamLimit) {
			if enough.Err() != nil {
				return
			}
			load := harness.NewLoad(harness.Shape{Seed: 1000 + seed, Traces: 120, Spans: 4, Services: 8})
			if s.err = load.Send(ctx, nil, client); s.err != nil {
				return
			}
			s.sent = append(s.sent, load.Spans...)
		}
		<-enough.Done()
	}()
	return s
}

// stop returns what was sent, all of which was acknowledged.
func (s *stream) stop(t *testing.T) []harness.Record {
	t.Helper()
	s.cancel()
	<-s.done
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.sent
}
