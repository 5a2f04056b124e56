package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

// TestClientBalancerName: to the load balancer a host name with three addresses is one backend. Which of them gets a
// request is for balancer_name to say. With pick_first, Agent Flow's default, one gets them all, and another when that
// one is gone. With round_robin they take turns, so that the spans of a trace end up apart.
func TestClientBalancerName(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, "nameserver 127.0.0.1\n")
		cases := []struct {
			name, argument string
			together       bool
		}{
			{"round_robin", `balancer_name = "round_robin"`, false}, // first: then the others had time to connect, too
			{"unset", ``, true},
			{"pick_first", `balancer_name = "pick_first"`, true},
		}
		var variants []variant
		var backends []harness.Backends
		for i, c := range cases {
			host := fmt.Sprintf("several-%d.example.com", i)
			var addresses []netip.Addr
			for k := range byte(3) {
				addresses = append(addresses, netip.AddrFrom4([4]byte{127, 3, byte(i), k + 1}))
			}
			names.Set(host, nameserver.Answer{Addresses: addresses})
			backends = append(backends, startBackends(t, nil, endpoints(addresses...)...))
			variants = append(variants, variant{
				name: c.name, client: c.argument + "\n" + plain, otlp: `retry { initial_interval = "50ms" }`,
				hosts: []string{host + ":34621"},
			})
		}
		b := startBenchOf(ctx, t, nil, make([]*harness.WatchedBackend, len(variants)), variants...)
		for i, c := range cases {
			serve := b.all[c.name].takesTurns
			if c.together {
				serve = b.all[c.name].picksOne
			}
			used := serve(ctx, t, backends[i])
			backends[i][used].Drain()
			serve(ctx, t, slices.Delete(backends[i], used, used+1))
		}
		if err := b.lb.Stop(); err != nil {
			t.Fatal(err)
		}
	})
}

// takesTurns waits until every address of a name gets a part of a load, and checks that traces are apart then. It
// returns one of the addresses.
func (b *benchBalancer) takesTurns(ctx context.Context, t *testing.T, to harness.Backends) int {
	t.Helper()
	var got harness.Delivery
	err := harness.Until(ctx, b.name+" to use every address", func() (bool, string) {
		got = b.deliversTo(ctx, t, to)
		return len(reachedBy(got)) == len(to), fmt.Sprintf("%v got something", reachedBy(got))
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, apart := got.Placement(harness.ByTrace); len(apart) == 0 {
		t.Errorf("%s: no trace is apart", b.name)
	}
	return 0
}

// picksOne checks that one address of a name gets everything, load after load. It returns which.
func (b *benchBalancer) picksOne(ctx context.Context, t *testing.T, to harness.Backends) int {
	t.Helper()
	first := reachedBy(b.deliversTo(ctx, t, to))
	for range 5 {
		if reached := reachedBy(b.deliversTo(ctx, t, to)); len(reached) != 1 || !slices.Equal(reached, first) {
			t.Fatalf("%s: %v got something, then %v", b.name, first, reached)
		}
	}
	return slices.IndexFunc(to, func(backend *harness.Backend) bool { return backend.Addr() == first[0] })
}

// deliversTo sends a load to a name with these addresses and returns what each of them got.
func (b *benchBalancer) deliversTo(ctx context.Context, t *testing.T, to harness.Backends) harness.Delivery {
	t.Helper()
	load := b.send(ctx, t)
	arrived(ctx, t, to, len(load.Spans), 0)
	got, _ := to.Take()
	if err := got.Audit(load.Spans).Err(); err != nil {
		t.Fatalf("%s: %v", b.name, err)
	}
	return got
}
