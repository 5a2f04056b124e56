package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestClientKeepalive: when a load balancer asks a backend whether it is alive, and what both make of it. gRPC asks
// every ten seconds at most, and a backend complains of the third ping that comes too early: it takes thirty seconds.
func TestClientKeepalive(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		gate := make(chan struct{})
		allowed := grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{
			MinTime: time.Second, PermitWithoutStream: true,
		})
		generous := harness.WatchOptions{Options: []grpc.ServerOption{allowed}}
		busy := held(gate)
		busy.Options = generous.Options
		const often, always, hasty = `ping_wait = "1s"`, `ping_without_stream = true`, `ping_response_timeout = "1s"`
		client := func(arguments ...string) string {
			return plain + "\nkeepalive {\n" + strings.Join(arguments, "\n") + "\n}"
		}
		b := startBench(ctx, t, nil,
			variant{name: "within", client: client(often, always), backend: generous},
			variant{name: "beyond", client: client(often, always)},
			variant{name: "with_stream", client: client(often), otlp: forever, backend: busy},
			variant{name: "without_stream", client: client(often), backend: generous},
			variant{name: "seldom", client: client(`ping_wait = "1h"`, always), backend: generous},
			variant{name: "unset", client: plain, backend: generous},
			variant{name: "frozen", client: client(often, always, hasty), backend: generous},
			variant{name: "frozen_default", client: client(often, always), backend: generous},
		)
		waiting := b.all["with_stream"]
		waiting.takes(ctx, t)
		waiting.holds(ctx, t, 1)
		first := map[string]*harness.Connection{}
		for name, one := range b.all {
			if one != waiting {
				one.delivers(ctx, t)
			}
			first[name] = one.backend.Connections()[0]
		}
		if !strings.Contains(b.lb.Log(), "Adjusting keepalive ping interval to minimum period of 10s") {
			t.Error("the log does not tell that a second is too short")
		}

		first["frozen"].Freeze()
		first["frozen_default"].Freeze()
		until(ctx, t, "the load balancer to give a connection up", first["frozen"].Ended)
		if first["frozen_default"].Ended() {
			t.Error("the default of ping_response_timeout is not above a second")
		}
		b.all["frozen"].delivers(ctx, t)

		until(ctx, t, "a backend to complain", func() bool { return strings.Contains(b.lb.Log(), "too_many_pings") })
		if first["beyond"].Pings() < 2 {
			t.Error("a backend complains of too many pings, and got none too many")
		}
		b.all["beyond"].delivers(ctx, t)
		for _, name := range []string{"within", "with_stream"} {
			until(ctx, t, name+" to send as many pings", func() bool { return first[name].Pings() >= first["beyond"].Pings() })
		}
		for _, name := range []string{"without_stream", "seldom", "unset"} {
			if pings := first[name].Pings(); pings > 0 {
				t.Errorf("%s: %d pings", name, pings)
			}
		}
		for name, want := range map[string]int{
			"within": 1, "beyond": 2, "with_stream": 1, "without_stream": 1, "seldom": 1, "unset": 1, "frozen": 2,
		} {
			if made := len(b.all[name].backend.Connections()); made != want {
				t.Errorf("%s: %d connections, want %d", name, made, want)
			}
		}
		close(gate)
		waiting.arrives(ctx, t)
		b.settle(t)
	})
}

// until waits for something that has no states.
func until(ctx context.Context, t *testing.T, what string, done func() bool) {
	t.Helper()
	err := harness.Until(ctx, what, func() (bool, string) { return done(), "not yet" })
	if err != nil {
		t.Fatal(err)
	}
}
