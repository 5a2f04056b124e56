package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/miekg/dns"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

// TestDNSFailures: when a lookup fails, the last good list stays, and after it the next good one holds. An answer
// without addresses is a failure for v0.158.0, so backends that have all left stay on the list.
func TestDNSFailures(t *testing.T) {
	never := make(chan struct{})
	wrong := loopback(4, 5) // where traffic would go if the load balancer made anything of a failure
	failures := []struct {
		name    string
		a, aaaa nameserver.Answer
		words   string
	}{
		{"slow", nameserver.Answer{Addresses: wrong, After: never}, nameserver.Answer{After: never}, "i/o timeout"},
		// Both families are asked for at once, and the lookup takes as long as the slower answer.
		{"slow_ipv6", nameserver.Answer{Addresses: wrong}, nameserver.Answer{After: never}, "i/o timeout"},
		{"servfail", failure(dns.RcodeServerFailure), failure(dns.RcodeServerFailure), "server misbehaving"},
		{"refused", failure(dns.RcodeRefused), failure(dns.RcodeRefused), "server misbehaving"},
		{"nxdomain", failure(dns.RcodeNameError), failure(dns.RcodeNameError), "no such host"},
		{"no_records", nameserver.Answer{}, nameserver.Answer{}, "no such host"},
		{"truncated_without_tcp", nameserver.Answer{Addresses: wrong, Truncated: true, OnlyUDP: true},
			nameserver.Answer{}, "EOF"},
	}
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		backends := startBackends(t, nil, endpoints(loopback(1, 2, 3, 4, 5)...)...)
		for _, f := range pollingForms(ctx, t) {
			t.Run(f.name, func(t *testing.T) {
				good, next := loopback(1, 2), loopback(2, 3)
				names.Set(agentName, nameserver.Answer{Addresses: good})
				tier := startTier(ctx, t, f, agentAddr, backends)
				tier.stays(ctx, t, endpoints(good...)...)
				for _, fails := range failures {
					t.Run(fails.name, func(t *testing.T) {
						names.SetType(agentName, dns.TypeAAAA, fails.aaaa)
						names.SetType(agentName, dns.TypeA, fails.a)
						tier.failsToResolve(ctx, t, fails.words)
						tier.stays(ctx, t, endpoints(good...)...)

						good, next = next, good
						names.Set(agentName, nameserver.Answer{Addresses: good})
						tier.reaches(ctx, t, endpoints(good...)...)
					})
				}
			})
		}
	})
}

// TestDNSServerGone: without anyone on port 53, the last good list stays.
func TestDNSServerGone(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		useResolvConf(t, podResolvConf)
		backends := startBackends(t, nil, endpoints(loopback(1, 2, 3)...)...)
		for _, f := range pollingForms(ctx, t) {
			t.Run(f.name, func(t *testing.T) {
				names := serveNames(t)
				names.Set(agentName, nameserver.Answer{Addresses: loopback(1, 2)})
				tier := startTier(ctx, t, f, agentAddr, backends)
				tier.stays(ctx, t, endpoints(loopback(1, 2)...)...)

				if err := names.Stop(); err != nil {
					t.Fatal(err)
				}
				tier.failsToResolve(ctx, t, "connection refused")
				tier.stays(ctx, t, endpoints(loopback(1, 2)...)...)

				names = serveNames(t)
				names.Set(agentName, nameserver.Answer{Addresses: loopback(2, 3)})
				tier.reaches(ctx, t, endpoints(loopback(2, 3)...)...)
			})
		}
	})
}

// TestDNSHalfAnAnswer: when only one of the two families can be looked up, v0.158.0 takes what it got for the whole
// list. The backends of the other family get nothing until they can be looked up again.
func TestDNSHalfAnAnswer(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		both := append(loopback(1, 2), netip.IPv6Loopback())
		backends := startBackends(t, nil, endpoints(both...)...)
		for _, f := range pollingForms(ctx, t) {
			t.Run(f.name, func(t *testing.T) {
				names.Set(agentName, nameserver.Answer{Addresses: both})
				tier := startTier(ctx, t, f, agentAddr, backends)
				tier.stays(ctx, t, endpoints(both...)...)

				names.SetType(agentName, dns.TypeA, failure(dns.RcodeServerFailure))
				tier.reaches(ctx, t, endpoints(both[2:]...)...)
				names.Set(agentName, nameserver.Answer{Addresses: both})
				tier.reaches(ctx, t, endpoints(both...)...)

				names.SetType(agentName, dns.TypeAAAA, failure(dns.RcodeServerFailure))
				tier.reaches(ctx, t, endpoints(both[:2]...)...)
			})
		}
	})
}

// TestDNSFailureAtStart: a load balancer that cannot look its backends up starts all the same. It refuses what comes
// until it can, so that the source sends it again, and then delivers it.
func TestDNSFailureAtStart(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		want := endpoints(loopback(1, 2)...)
		backends := startBackends(t, nil, want...)
		for _, f := range pollingForms(ctx, t) {
			t.Run(f.name, func(t *testing.T) {
				names.Set(agentName, failure(dns.RcodeServerFailure))
				tier := startTier(ctx, t, f, agentAddr, backends)
				var acknowledged atomic.Int64
				done := make(chan error, 1)
				load := tier.nextLoad()
				go func() {
					done <- load.Send(ctx, func(spans int) { acknowledged.Add(int64(spans)) }, tier.client)
				}()
				err := harness.Until(ctx, "spans to be refused", func() (bool, string) {
					return strings.Contains(tier.lb.Log(), `couldn't find the exporter for the endpoint \"\"`), "none are"
				})
				if n := acknowledged.Load(); n > 0 {
					t.Errorf("%d spans are acknowledged", n)
				}
				names.Set(agentName, nameserver.Answer{Addresses: loopback(1, 2)})
				if err := errors.Join(err, <-done); err != nil {
					t.Fatal(err)
				}
				spans, logs := tier.arrived(ctx, t, load)
				tier.placed(t, load, spans, logs, want)
			})
		}
	})
}

// TestDNSSlowAtStart: the timeout of the dns block does not hold for the first lookup of v0.158.0, for which the whole
// collector waits. What ends it is /etc/resolv.conf, which by default allows two attempts of five seconds for each
// suffix. Here it allows any number of one second, and that more than one is made shows that the timeout is over.
func TestDNSSlowAtStart(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf+"options timeout:1 attempts:1000\n")
		want := endpoints(loopback(1, 2)...)
		backends := startBackends(t, nil, want...)
		for _, f := range pollingForms(ctx, t, `timeout = "10ms"`) {
			t.Run(f.name, func(t *testing.T) {
				before, answering := names.Asked(agentName), make(chan struct{})
				names.Set(agentName, nameserver.Answer{Addresses: loopback(1, 2), After: answering})
				lb := launchLoadBalancer(t, f, []string{agentAddr})
				err := harness.Until(ctx, "a third attempt", func() (bool, string) {
					n := names.Asked(agentName) - before
					return n >= 3, fmt.Sprintf("%d attempts", n)
				})
				if err != nil {
					t.Fatal(err)
				}
				if conn, err := net.Dial("tcp", agentAddr); err == nil {
					t.Errorf("the load balancer listens before its first lookup is over: %v", conn.Close())
				} else if !errors.Is(err, syscall.ECONNREFUSED) {
					t.Error(err)
				}
				close(answering)
				if err := lb.Ready(ctx); err != nil {
					t.Fatal(err)
				}
				newTier(t, lb, agentAddr, backends).stays(ctx, t, want...)
			})
		}
	})
}

// failure is an answer with a response code.
func failure(code int) nameserver.Answer { return nameserver.Answer{Failure: code} }
