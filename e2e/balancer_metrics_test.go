package e2e

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// TestBalancerNumbers: what the metrics say is what the backends count, to the span, while one backend refuses all for
// good, one takes only a part of each request, and one is killed, which others stand in for until it is back.
func TestBalancerNumbers(t *testing.T) {
	const refuses, rejects, dies, healthy = "127.0.0.2:4317", "127.0.0.3:4317", "127.0.0.4:4317", "127.0.0.5:4317"
	names := []string{refuses, rejects, dies, healthy}
	forEachDoor(t, func(ctx context.Context, t *testing.T, d door) {
		var stuck atomic.Bool // the one that dies answers nothing before it does, so that all it has recorded is known
		backends := map[string]*harness.WatchedBackend{
			refuses: watchBackend(t, refuses, answering(status.Error(codes.InvalidArgument, "never"))),
			rejects: watchBackend(t, rejects, harness.WatchOptions{Reject: 2}),
			dies: watchBackend(t, dies, harness.WatchOptions{Answer: func(ctx context.Context) error {
				if stuck.Load() {
					<-ctx.Done()
					return status.Error(codes.Unavailable, "killed")
				}
				return nil
			}}),
			healthy: watchBackend(t, healthy, harness.WatchOptions{}),
		}
		startDoor(ctx, t, d.formOf("traces", list(names...), failsSoon, "timeout: 1h",
			"sending_queue: {queue_size: 1000000}"))
		client := newClient(t, harness.NewGRPCClient, grpcAddr)
		where := ring.NewRendezvous(names...)
		shape := harness.Shape{Seed: 50, Traces: 600, Spans: 4, Services: 9}
		var sent int
		want := map[string]int{} // the spans that each backend has to get
		deliver := func(owner func(harness.Record) string, meanwhile func()) {
			shape.Seed++
			load := harness.NewLoad(shape)
			if err := load.Send(ctx, nil, client); err != nil {
				t.Fatal(err)
			}
			meanwhile()
			settles(ctx, t)
			sent += len(load.Spans)
			for _, r := range load.Spans {
				want[owner(r)]++
			}
		}
		nothing := func() {}
		byTrace := func(r harness.Record) string { return where.Trace(r.Trace) }

		deliver(byTrace, nothing)
		rerouted := 0
		stuck.Store(true)
		deliver(func(r harness.Record) string {
			if where.Trace(r.Trace) != dies {
				return where.Trace(r.Trace)
			}
			rerouted++
			return where.StandIn(r.Trace)
		}, func() { dieStuck(ctx, t, backends[dies]) })
		measures(ctx, t, "backend_healthy", "backend", dies, 0)

		back := watchBackend(t, dies, harness.WatchOptions{})
		measures(ctx, t, "backend_healthy", "backend", dies, 1)
		deliver(byTrace, nothing)

		tooMuch := harness.NewLoad(harness.Shape{Seed: 60, Traces: 100, Spans: 2000, Services: 1}).Requests()[0]
		if err := tooMuch.SendOnce(ctx, client); status.Code(err) != codes.ResourceExhausted {
			t.Errorf("more than the queue takes is answered with %v", err)
		}

		got := func(name, backend string) int {
			if backend == "" {
				return measured(ctx, t, name, "signal", "traces")
			}
			return measured(ctx, t, name, "backend", backend)
		}
		rejected := backends[rejects].Rejected()
		for _, c := range []struct {
			name, backend string
			want          int
		}{
			{"accepted", "", sent},
			{"refused", "", len(tooMuch.Spans)},
			{"sent", refuses, 0},
			{"sent", rejects, spansOf(backends[rejects])},
			{"sent", rejects, want[rejects] - rejected},
			{"sent", dies, spansOf(backends[dies], back)},
			{"sent", dies, want[dies]},
			{"sent", healthy, spansOf(backends[healthy])},
			{"sent", healthy, want[healthy]},
			{"rejected", rejects, rejected},
			{"rejected", "", rejected},
			{"failed", refuses, want[refuses]},
			{"failed", "", want[refuses]},
			{"rerouted", dies, rerouted},
			{"rerouted", "", rerouted},
			{"dropped", "", 0},
			{"backends", "", len(names)},
			{"backend_changes", "", 1},
			{"queue_bytes", "", 0},
			{"queue_records", "", 0},
			// All that was accepted is somewhere.
			{"accepted", "", got("sent", "") + got("failed", "") + got("rejected", "") + got("dropped", "")},
		} {
			if n := got(c.name, c.backend); n != c.want {
				t.Errorf("%s of %q is %d, want %d", c.name, c.backend, n, c.want)
			}
		}
		if n := measured(ctx, t, "failed", "status", "INVALID_ARGUMENT"); n != want[refuses] {
			t.Errorf("failed with INVALID_ARGUMENT is %d, want %d", n, want[refuses])
		}
		if rejected == 0 || rerouted == 0 || got("retried", dies) == 0 {
			t.Error("nothing was rejected, or rerouted, or retried")
		}
		t.Logf("%d accepted: %d sent, %d failed, %d rejected; %d rerouted, %d refused", sent, got("sent", ""),
			got("failed", ""), rejected, rerouted, len(tooMuch.Spans))
		// What is dropped shows only after a start: TestBalancerDamagedQueue has it.
		exposed(ctx, t, slices.DeleteFunc(documentedMetrics(t), func(name string) bool { return name == "dropped" })...)
	})
}

// dieStuck stops a backend that holds all of its requests.
func dieStuck(ctx context.Context, t *testing.T, b *harness.WatchedBackend) {
	t.Helper()
	err := harness.Until(ctx, "a request to be stuck", func() (bool, string) {
		open, _ := b.Open()
		return open > 0, "there is none"
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Stop()
}

// spansOf is how many spans reached backends, repeated ones included.
func spansOf(backends ...*harness.WatchedBackend) (spans int) {
	for _, b := range backends {
		n, _ := (harness.Backends{b.Backend}).Count()
		spans += n
	}
	return spans
}

// word matches a name in code.
var word = regexp.MustCompile("`([a-z_]+)`")

// documentedMetrics are the names in docs/balancer.md, without their beginning.
func documentedMetrics(t *testing.T) (names []string) {
	t.Helper()
	_, section, found := strings.Cut(read(t, "docs/balancer.md"), "\n## Metrics\n")
	_, table, begins := strings.Cut(section, "\n| --- | --- | --- |\n")
	rows, _, ends := strings.Cut(table, "\n\n")
	if !found || !begins || !ends {
		t.Fatal("docs/balancer.md has no table of metrics")
	}
	for row := range strings.Lines(rows) {
		for _, name := range word.FindAllStringSubmatch(strings.Split(row, "|")[1], -1) {
			names = append(names, name[1])
		}
	}
	if len(names) < 10 {
		t.Fatalf("docs/balancer.md has the metrics %v only", names)
	}
	return names
}

// exposed checks that the balancer shows these metrics, and no others.
func exposed(ctx context.Context, t *testing.T, names ...string) {
	t.Helper()
	metrics, err := harness.ReadMetrics(ctx, ownMetricsAddr)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if metrics[ownPrefix+name] == nil {
			t.Errorf("%s%s is documented, and not there", ownPrefix, name)
		}
	}
	documented := documentedMetrics(t)
	for name := range metrics {
		if own, is := strings.CutPrefix(name, ownPrefix); is && !slices.Contains(documented, own) {
			t.Errorf("%s is not documented", name)
		}
	}
}
