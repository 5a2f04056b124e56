package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

// place is where one of two load balancers listens that run beside each other, and the name that it looks up.
type place struct{ name, addr string }

var (
	here  = place{"here.grafana-cloud-monitoring.svc.cluster.local", "127.0.0.1:9411"}
	there = place{"there.grafana-cloud-monitoring.svc.cluster.local", "127.0.0.1:9412"}
)

// noMetrics keeps a collector from serving its own metrics, on a port that only one can have.
const noMetrics = "yaml:service::telemetry::metrics::level: none"

// forms are the forms of the page's load balancer at this place, with more arguments in its dns block.
func (p place) forms(ctx context.Context, t *testing.T, arguments ...string) (all []form) {
	t.Helper()
	arguments = append([]string{agentPort}, arguments...)
	river := changed(t, agentRiver, detailed, basic, agentName, p.name, "0.0.0.0:9411", p.addr,
		agentPort, strings.Join(arguments, "\n"))
	for _, f := range forms(ctx, t, "flow", river) {
		all = append(all, f.with(everyMessage, noMetrics))
	}
	return all
}

// start starts a load balancer at this place; it finds the backend 127.0.0.1.
func (p place) start(
	ctx context.Context, t *testing.T, f form, names *nameserver.Server, backends harness.Backends,
) *balancerTier {
	t.Helper()
	names.Set(p.name, nameserver.Answer{Addresses: loopback(1)})
	tier := startTier(ctx, t, f, p.addr, backends)
	tier.stays(ctx, t, endpoints(loopback(1)...)...)
	return tier
}

// patientResolvConf has nobody repeat a question, which happens after five seconds by default.
const patientResolvConf = podResolvConf + "options timeout:3600\n"

// TestDNSInterval: a load balancer looks its backends up once in each interval, and at the start.
func TestDNSInterval(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, patientResolvConf)
		backends := startBackends(t, nil, endpoints(loopback(1, 2)...)...)
		hourly := there.forms(ctx, t, `interval = "1h"`)
		for i, f := range here.forms(ctx, t, often) {
			t.Run(f.name, func(t *testing.T) {
				before := names.Asked(there.name)
				frequent, rare := here.start(ctx, t, f, names, backends), there.start(ctx, t, hourly[i], names, backends)
				names.Set(there.name, nameserver.Answer{Addresses: loopback(2)})
				names.Set(here.name, nameserver.Answer{Addresses: loopback(2)})
				polled := names.Asked(here.name)
				err := harness.Until(ctx, "twenty polls", func() (bool, string) {
					n := names.Asked(here.name) - polled
					return n >= 20, fmt.Sprintf("%d polls", n)
				})
				if err != nil {
					t.Fatal(err)
				}
				frequent.reaches(ctx, t, endpoints(loopback(2)...)...)
				rare.stays(ctx, t, endpoints(loopback(1)...)...)
				if n := names.Asked(there.name) - before; n != 1 {
					t.Errorf("with an interval of an hour the name was looked up %d times", n)
				}
			})
		}
	})
}

// TestDNSTimeout: a lookup that takes longer than the timeout fails; one that may take longer waits for its answer.
func TestDNSTimeout(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, patientResolvConf)
		backends := startBackends(t, nil, endpoints(loopback(1, 2)...)...)
		hour := there.forms(ctx, t, often, `timeout = "1h"`)
		for i, f := range here.forms(ctx, t, often, `timeout = "50ms"`) {
			t.Run(f.name, func(t *testing.T) {
				hasty, patient := here.start(ctx, t, f, names, backends), there.start(ctx, t, hour[i], names, backends)
				late := make(chan struct{})
				names.Set(there.name, nameserver.Answer{Addresses: loopback(2), After: late})
				names.Set(here.name, nameserver.Answer{Addresses: loopback(2), After: t.Context().Done()})
				hasty.failsToResolve(ctx, t, "i/o timeout")
				hasty.stays(ctx, t, endpoints(loopback(1)...)...)
				patient.stays(ctx, t, endpoints(loopback(1)...)...)
				close(late)
				patient.reaches(ctx, t, endpoints(loopback(2)...)...)
				if n := failures(patient.lb.Log(), ""); n > 0 {
					t.Errorf("with a timeout of an hour %d lookups failed", n)
				}
			})
		}
	})
}

// TestDNSTimeoutOfResolvConf: a timeout of the dns block beyond what /etc/resolv.conf allows has no effect.
func TestDNSTimeoutOfResolvConf(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf+"options timeout:1 attempts:1\n")
		backends := startBackends(t, nil, endpoints(loopback(1, 2)...)...)
		for _, f := range pollingForms(ctx, t, `timeout = "1h"`) {
			t.Run(f.name, func(t *testing.T) {
				names.Set(agentName, nameserver.Answer{Addresses: loopback(1)})
				tier := startTier(ctx, t, f, agentAddr, backends)
				names.Set(agentName, nameserver.Answer{Addresses: loopback(2), After: t.Context().Done()})
				tier.failsToResolve(ctx, t, "i/o timeout")
				tier.stays(ctx, t, endpoints(loopback(1)...)...)
			})
		}
	})
}

// TestDNSHostname: the page's name is tried with each suffix of /etc/resolv.conf before it is tried as it is, in every
// lookup. With a dot at its end it is looked up as it is.
func TestDNSHostname(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		names.Set(agentName, nameserver.Answer{Addresses: loopback(1, 2)})
		backends := startBackends(t, nil, endpoints(loopback(1, 2)...)...)
		for _, c := range []struct {
			name, hostname string
			suffixed       bool
		}{{"rooted", agentName + ".", false}, {"page", agentName, true}} {
			for _, f := range forms(ctx, t, "flow", changed(t, agentRiver, agentName, c.hostname)) {
				t.Run(c.name+"_"+f.name, func(t *testing.T) {
					before := names.Asked(agentName + ".svc.cluster.local")
					startTier(ctx, t, f, agentAddr, backends).stays(ctx, t, endpoints(loopback(1, 2)...)...)
					n := names.Asked(agentName+".svc.cluster.local") - before
					if suffixed := n > 0; suffixed != c.suffixed {
						t.Errorf("it was looked up with a suffix %d times", n)
					}
				})
			}
		}
	})
}

// TestDNSDefaults has the load balancer of the page's Kubernetes example say what it runs with: the page states
// defaults of 5s and 1s.
func TestDNSDefaults(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		startNameServer(t, podResolvConf)
		debug := changed(t, agentRiver, `otelcol.exporter.logging "default" {`,
			`logging { level = "debug" }`+"\n"+`otelcol.exporter.logging "default" {`)
		for _, f := range forms(ctx, t, "flow", debug) {
			t.Run(f.name, func(t *testing.T) {
				lb := startLoadBalancer(ctx, t, f, []string{agentAddr})
				want := `"hostname": "` + agentName + `", "port": "34621", "interval": 5, "timeout": 1`
				if said := regexp.MustCompile("DNS resolver started.*").FindString(lb.Log()); !strings.Contains(said, want) {
					t.Errorf("it says %q, expected %s", said, want)
				}
			})
		}
	})
}

// TestDNSPort: without a port, backends are asked on 4317, as the page says, those with an IPv6 address included.
func TestDNSPort(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		want := []string{"127.0.0.1:4317", "127.0.0.2:4317", "[::1]:4317"}
		backends := startBackends(t, nil, want...)
		names.Set(agentName, nameserver.Answer{Addresses: append(loopback(1, 2), netip.IPv6Loopback())})
		for _, f := range forms(ctx, t, "flow", changed(t, agentRiver, agentPort, "")) {
			t.Run(f.name, func(t *testing.T) {
				startTier(ctx, t, f, agentAddr, backends).stays(ctx, t, want...)
			})
		}
	})
}

// TestDNSPortOfHandwrittenYAML: riverconv always writes the port, and should. Without it, v0.158.0 adds 4317 to an IPv4
// address only: it takes the colons of an IPv6 address for a port, and gRPC then asks on its own default, 443.
func TestDNSPortOfHandwrittenYAML(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		names.Set(agentName, nameserver.Answer{Addresses: append(loopback(1), netip.IPv6Loopback())})
		yaml := changed(t, strings.TrimSuffix(agentRiver, ".river")+".yaml", `        port: "34621"`+"\n", "")
		// The ring knows the backends by what the exporter calls them.
		var backends harness.Backends
		for name, addr := range map[string]string{"127.0.0.1": "127.0.0.1:4317", "[::1]": "[::1]:443"} {
			b, err := harness.StartBackend(name, addr, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(b.Stop)
			backends = append(backends, b)
		}
		f := form{"yaml", harness.River, []string{"file:" + yaml}}
		startTier(ctx, t, f, agentAddr, backends).stays(ctx, t, "127.0.0.1", "[::1]")
	})
}
