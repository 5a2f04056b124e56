package e2e

import (
	"context"
	"fmt"
	"math"
	"net"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/miekg/dns"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// TestBalancerDNS: backends come and go in DNS while spans keep coming in.
func TestBalancerDNS(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		f := newFleet(t, endpoints(loopback(11, 12, 13, 14)...))
		f.become = func(members ...string) {
			var addresses []netip.Addr
			for _, member := range members {
				addresses = append(addresses, netip.MustParseAddrPort(member).Addr())
			}
			names.Set(agentName, nameserver.Answer{Addresses: addresses})
		}
		f.start(ctx, t, fmt.Sprintf(`resolver: {dns: {hostname: %s, port: "34621", interval: 100ms}}`, agentName))
		f.joinAndLeave(ctx, t)
	})
}

// TestBalancerSRV is TestBalancerDNS with the records of a service: backends have names and ports.
func TestBalancerSRV(t *testing.T) {
	const service = "_otlp._tcp.samplers.example"
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		hosts := map[string]net.SRV{}
		f := &fleet{}
		for n := range byte(4) {
			host := net.SRV{Target: fmt.Sprintf("s%d.samplers.example", n), Port: 4400 + uint16(n), Weight: uint16(n)}
			address := loopback(11 + n)
			names.Set(host.Target, nameserver.Answer{Addresses: address})
			name := fmt.Sprintf("%s:%d", host.Target, host.Port)
			hosts[name] = host
			f.add(t, name, netip.AddrPortFrom(address[0], host.Port).String())
		}
		f.become = func(members ...string) {
			var answer nameserver.Answer
			for _, member := range members {
				answer.Services = append(answer.Services, hosts[member])
			}
			names.SetType(service, dns.TypeSRV, answer)
		}
		f.start(ctx, t, fmt.Sprintf(`resolver: {dns: {hostname: %s, interval: 100ms}}`, service))
		f.joinAndLeave(ctx, t)
	})
}

// TestBalancerKubernetes is TestBalancerDNS with the EndpointSlices of a service. In addition, there is always an
// endpoint that is not ready, and at the end one that is about to go: neither gets anything.
func TestBalancerKubernetes(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		c := startCluster(ctx, t)
		c.grant(ctx, t, kubeNamespace)
		f := newFleet(t, endpoints(pods(1, 2, 3, 4)...))
		notReady := newFleet(t, endpoints(pods(9)...)).backends[0]
		yes, no := true, false
		late := endpoint(pods(9)[0])
		late.Conditions = discoveryv1.EndpointConditions{Ready: &no, Serving: &no, Terminating: &no}
		write := func(going []discoveryv1.Endpoint, members ...string) {
			slice := append(slices.Clone(going), late)
			for _, member := range members {
				slice = append(slice, endpoint(netip.MustParseAddrPort(member).Addr()))
			}
			c.writeSlice(ctx, t, kubeNamespace, kubeService+"-1", slice...)
		}
		f.become = func(members ...string) { write(nil, members...) }
		f.start(ctx, t, fmt.Sprintf("resolver: {k8s: {service: %s.%s, ports: [34621]}}", kubeService, kubeNamespace),
			c.server.PodEnv()...)
		f.joinAndLeave(ctx, t)

		going := endpoint(pods(2)[0])
		going.Conditions = discoveryv1.EndpointConditions{Ready: &no, Serving: &yes, Terminating: &yes}
		f.become = func(members ...string) { write([]discoveryv1.Endpoint{going}, members...) }
		f.change(ctx, t, f.members[1:])
		if spans, _ := (harness.Backends{notReady}).Count(); spans > 0 {
			t.Errorf("%d spans reached an endpoint that is not ready", spans)
		}
	})
}

// fleet is a balancer whose backends come and go.
type fleet struct {
	names    []string // of all that there may be
	backends harness.Backends
	become   func(members ...string) // changes where the balancer looks
	members  []string                // now
	client   harness.Client
	changes  int
	seed     uint64
}

func newFleet(t *testing.T, endpoints []string) *fleet {
	t.Helper()
	f := &fleet{}
	for _, endpoint := range endpoints {
		f.add(t, endpoint, endpoint)
	}
	return f
}

// add starts a backend until the test ends.
func (f *fleet) add(t *testing.T, name, addr string) {
	t.Helper()
	b, err := harness.StartBackend(name, addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Stop)
	f.names, f.backends = append(f.names, name), append(f.backends, b)
}

// start starts the balancer with the first three backends.
func (f *fleet) start(ctx context.Context, t *testing.T, resolver string, env ...string) {
	t.Helper()
	f.members = f.names[:3]
	f.become(f.members...)
	startDoor(ctx, t, receiverDoor.formOf("traces", resolver), env...)
	f.client = newClient(t, harness.NewGRPCClient, grpcAddr)
	measures(ctx, t, "backends", "signal", "traces", 3)
	f.changes = measured(ctx, t, "backend_changes", "signal", "traces")
}

// joinAndLeave has the fourth backend join and the first one leave, and compares where the same traces go before and
// after each.
func (f *fleet) joinAndLeave(ctx context.Context, t *testing.T) {
	t.Helper()
	three := f.owners(ctx, t)
	f.change(ctx, t, f.names)
	four := f.owners(ctx, t)
	f.moved(t, three, four, f.names[3], "joined")
	f.change(ctx, t, f.names[1:])
	f.moved(t, f.owners(ctx, t), four, f.names[0], "left")
}

// owners sends the same traces each time, and returns who got each.
func (f *fleet) owners(ctx context.Context, t *testing.T) map[string]string {
	t.Helper()
	load := harness.NewLoad(harness.Shape{Seed: 43, Traces: 6000, Spans: 2, Services: 4})
	if err := load.Send(ctx, nil, f.client); err != nil {
		t.Fatal(err)
	}
	settles(ctx, t)
	where := ring.NewRendezvous(f.members...)
	spans, _, _ := exactlyOnce(t, f.backends, load)
	for backend := range spans {
		if !slices.Contains(f.members, backend) && len(spans[backend]) == 0 {
			delete(spans, backend)
		}
	}
	return placed(t, "spans", spans, load.Spans, spansByRendezvous(where))
}

// moved checks that of the traces only those of one backend are elsewhere without it, and that these are its share of 1
// in all, but for chance.
func (f *fleet) moved(t *testing.T, without, with map[string]string, one, how string) {
	t.Helper()
	moved := 0
	for trace, owner := range with {
		if owner == one {
			moved++
		} else if without[trace] != owner {
			t.Errorf("trace %s of %s moves to %s when %s %s", trace, owner, without[trace], one, how)
			return
		}
	}
	share, expected := float64(moved)/float64(len(with)), 1/float64(len(f.names))
	deviation := math.Sqrt(expected * (1 - expected) / float64(len(with)))
	t.Logf("%.2f %% of %d traces moved when one of %d %s", 100*share, len(with), len(f.names), how)
	if math.Abs(share-expected) > 4*deviation {
		t.Errorf("%.2f %% of the traces moved, expected %.0f", 100*share, 100*expected)
	}
}

// change replaces the list of backends while spans keep coming in. Each span arrives exactly once, where the list
// before or the one after says.
func (f *fleet) change(ctx context.Context, t *testing.T, members []string) {
	t.Helper()
	stop := f.keepSending(ctx, t)
	before := ring.NewRendezvous(f.members...)
	f.members = members
	f.become(members...)
	f.changes++
	measures(ctx, t, "backend_changes", "signal", "traces", f.changes)
	measures(ctx, t, "backends", "signal", "traces", len(members))
	sent := stop()
	settles(ctx, t)
	spans, _, _ := exactlyOnce(t, f.backends, harness.Load{Spans: sent})
	after := ring.NewRendezvous(members...)
	old, elsewhere := 0, 0
	for backend, records := range spans {
		for r := range records {
			switch backend {
			case after.Trace(r.Trace):
			case before.Trace(r.Trace):
				old++
			default:
				elsewhere++
			}
		}
	}
	if elsewhere > 0 {
		t.Errorf("%d spans are where neither list says", elsewhere)
	}
	t.Logf("%d spans were sent during the change, %d of them as the list was before", len(sent), old)
}

// keepSending sends until the function is called that it returns, which sends a little more and returns what was sent.
func (f *fleet) keepSending(ctx context.Context, t *testing.T) func() []harness.Record {
	t.Helper()
	var sent []harness.Record
	var acknowledged atomic.Int64
	stopped, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for last := false; !last; {
			select {
			case <-stopped:
				last = true
			default:
			}
			f.seed++
			load := harness.NewLoad(harness.Shape{Seed: 1000 + f.seed, Traces: 120, Spans: 4, Services: 8})
			sent = append(sent, load.Spans...)
			if err := load.Send(ctx, func(spans int) { acknowledged.Add(int64(spans)) }, f.client); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	flows := func(than int64) {
		err := harness.Until(ctx, "the load to flow", func() (bool, string) {
			return acknowledged.Load() > than, "it does not"
		})
		if err != nil {
			t.Error(err)
		}
	}
	flows(0)
	return func() []harness.Record {
		flows(acknowledged.Load())
		close(stopped)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		return sent
	}
}
