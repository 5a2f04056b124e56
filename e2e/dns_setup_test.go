package e2e

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

// What the page's Kubernetes example says about its load balancer, configs/dns_agent_lb.river.
const (
	agentRiver = "configs/dns_agent_lb.river"
	agentName  = "agent-traces-sampling.grafana-cloud-monitoring.svc.cluster.local"
	agentAddr  = "127.0.0.1:9411"
	agentPort  = `port = "34621"`
)

// What tests change about it, and why.
const (
	often = `interval = "100ms"` // five seconds are too long to wait for each change

	// The printed spans would bury what the load balancer says about its lookups.
	detailed, basic = `verbosity = "detailed"`, `verbosity = "basic"`

	// Of equal messages within ten seconds, a collector logs ten and every hundredth of the others.
	everyMessage = "yaml:service::telemetry::logs::sampling::enabled: false"
)

// pollingForms are the forms of the page's load balancer, polling often, with more arguments in its dns block.
func pollingForms(ctx context.Context, t *testing.T, arguments ...string) (all []form) {
	t.Helper()
	arguments = append([]string{agentPort, often}, arguments...)
	river := changed(t, agentRiver, detailed, basic, agentPort, strings.Join(arguments, "\n"))
	for _, f := range forms(ctx, t, "flow", river) {
		all = append(all, f.with(everyMessage))
	}
	return all
}

// podResolvConf is what Kubernetes gives a pod in the page's namespace. The page's names have fewer than five dots, so
// every lookup tries them with each suffix before it tries them as they are.
const podResolvConf = `nameserver 127.0.0.1
search grafana-cloud-monitoring.svc.cluster.local svc.cluster.local cluster.local
options ndots:5
`

// failedLookup is what the resolver of v0.158.0 logs of a lookup that failed.
const failedLookup = "failed to resolve"

// startNameServer answers on port 53 until the test ends; resolvConf is /etc/resolv.conf from now on.
func startNameServer(t *testing.T, resolvConf string) *nameserver.Server {
	t.Helper()
	useResolvConf(t, resolvConf)
	return serveNames(t)
}

func useResolvConf(t *testing.T, resolvConf string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(path, []byte(resolvConf), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := harness.UseResolvConf(path); err != nil {
		t.Fatal(err)
	}
}

func serveNames(t *testing.T) *nameserver.Server {
	t.Helper()
	names, err := nameserver.Start("127.0.0.1:53")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := names.Stop(); err != nil {
			t.Error(err)
		}
	})
	return names
}

// loopback is 127.0.0.n for each n.
func loopback(ns ...byte) (addresses []netip.Addr) {
	for _, n := range ns {
		addresses = append(addresses, netip.AddrFrom4([4]byte{127, 0, 0, n}))
	}
	return addresses
}

// endpoints is how the load balancer names the backends at these addresses, with the page's port.
func endpoints(addresses ...netip.Addr) (names []string) {
	for _, address := range addresses {
		names = append(names, netip.AddrPortFrom(address, 34621).String())
	}
	return names
}

// changed writes a copy of a file of the repository with some texts replaced, each of which stands in it once, and
// returns its path.
func changed(t *testing.T, file string, replacements ...string) string {
	t.Helper()
	text, err := os.ReadFile(inRepository(t, file))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(replacements); i += 2 {
		if n := strings.Count(string(text), replacements[i]); n != 1 {
			t.Fatalf("%q stands in %s %d times", replacements[i], file, n)
		}
	}
	path := filepath.Join(t.TempDir(), filepath.Base(file))
	err = os.WriteFile(path, []byte(strings.NewReplacer(replacements...).Replace(string(text))), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// failsToResolve waits until the load balancer has logged two more failed lookups, each with these words.
func (b *balancerTier) failsToResolve(ctx context.Context, t *testing.T, words string) {
	t.Helper()
	before := len(b.lb.Log())
	err := harness.Until(ctx, "two failed lookups: "+words, func() (bool, string) {
		log := b.lb.Log()[before:]
		return failures(log, words) >= 2, log
	})
	if err != nil {
		t.Fatal(err)
	}
}

// failures counts the failed lookups in a log that were reported in certain words.
func failures(log, words string) (n int) {
	for line := range strings.Lines(log) {
		if strings.Contains(line, failedLookup) && strings.Contains(line, words) {
			n++
		}
	}
	return n
}
