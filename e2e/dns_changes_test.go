package e2e

import (
	"context"
	"net/netip"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

// TestDNSChanges: the load balancer follows the records of a name, however they change.
func TestDNSChanges(t *testing.T) {
	hundred := make([]byte, 100)
	for i := range hundred {
		hundred[i] = byte(i + 1)
	}
	steps := []struct {
		name   string
		answer nameserver.Answer
	}{
		{"one_appears", nameserver.Answer{Addresses: loopback(1, 2, 3)}},
		{"one_disappears", nameserver.Answer{Addresses: loopback(2, 3)}},
		{"all_change", nameserver.Answer{Addresses: loopback(4, 5, 6)}},
		{"one_is_left", nameserver.Answer{Addresses: loopback(5)}},
		// What does not fit into a datagram is asked for again over TCP: here all of it, then what is too much.
		{"truncated", nameserver.Answer{Addresses: loopback(1, 2, 3), Truncated: true}},
		{"hundred", nameserver.Answer{Addresses: loopback(hundred...)}},
		{"ipv6_only", nameserver.Answer{Addresses: []netip.Addr{netip.IPv6Loopback()}}},
		{"ipv4_and_ipv6", nameserver.Answer{Addresses: append(loopback(1, 2), netip.IPv6Loopback())}},
	}
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		backends := startBackends(t, nil, endpoints(append(loopback(hundred...), netip.IPv6Loopback())...)...)
		for _, f := range pollingForms(ctx, t) {
			t.Run(f.name, func(t *testing.T) {
				names.Set(agentName, nameserver.Answer{Addresses: loopback(1, 2)})
				tier := startTier(ctx, t, f, agentAddr, backends)
				tier.shape.Traces, tier.shape.Spans = 2000, 2 // for each of a hundred backends to get some
				tier.stays(ctx, t, endpoints(loopback(1, 2)...)...)
				for _, step := range steps {
					t.Run(step.name, func(t *testing.T) {
						names.Set(agentName, step.answer)
						tier.reaches(ctx, t, endpoints(step.answer.Addresses...)...)
					})
				}
			})
		}
	})
}

// TestDNSChangesUnderLoad replaces all backends by others while spans keep coming in. Nothing that was acknowledged is
// lost: what waits for a backend that leaves the list is sent to it before its connection is closed.
func TestDNSChangesUnderLoad(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		backends := startBackends(t, nil, endpoints(loopback(1, 2, 3, 4, 5, 6)...)...)
		for _, f := range pollingForms(ctx, t) {
			t.Run(f.name, func(t *testing.T) {
				names.Set(agentName, nameserver.Answer{Addresses: loopback(1, 2, 3)})
				tier := startTier(ctx, t, f, agentAddr, backends)
				tier.stays(ctx, t, endpoints(loopback(1, 2, 3)...)...)
				underLoad(ctx, t, backends, tier.client, func() error {
					names.Set(agentName, nameserver.Answer{Addresses: loopback(4, 5, 6)})
					return harness.Until(ctx, "the new backends to get spans", func() (bool, string) {
						for _, backend := range backends[3:] {
							if spans, _ := (harness.Backends{backend}).Count(); spans == 0 {
								return false, backend.Addr() + " has none"
							}
						}
						return true, ""
					})
				})
				tier.stays(ctx, t, endpoints(loopback(4, 5, 6)...)...)
			})
		}
	})
}
