package e2e

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
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

// dnsTier is a load balancer that finds its backends by DNS, and those that may be behind it.
type dnsTier struct {
	lb       *harness.Collector
	client   harness.Client
	backends harness.Backends
	shape    harness.Shape
}

// startDNSTier starts a load balancer that listens at addr.
func startDNSTier(
	ctx context.Context, t *testing.T, f form, addr string, backends harness.Backends, env ...string,
) *dnsTier {
	t.Helper()
	return newDNSTier(t, startLoadBalancer(ctx, t, f, []string{addr}, env...), addr, backends)
}

func newDNSTier(t *testing.T, lb *harness.Collector, addr string, backends harness.Backends) *dnsTier {
	t.Helper()
	return &dnsTier{
		lb:       lb,
		client:   newClient(t, harness.NewGRPCClient, addr),
		backends: backends,
		shape:    harness.Shape{Traces: 300, Spans: 4, Services: 8},
	}
}

// reaches waits until traffic goes to these backends and no others, and checks that it stays so.
func (d *dnsTier) reaches(ctx context.Context, t *testing.T, want ...string) {
	t.Helper()
	slices.Sort(want)
	err := harness.Until(ctx, "traffic to go to "+strings.Join(want, ", "), func() (bool, string) {
		_, spans, logs := d.deliver(ctx, t)
		reached := reachedBy(spans)
		same := slices.Equal(reached, want) && (d.shape.Logs == 0 || slices.Equal(reachedBy(logs), want))
		return same, fmt.Sprintf("spans reach %v, log records %v", reached, reachedBy(logs))
	})
	if err != nil {
		t.Fatal(err)
	}
	d.stays(ctx, t, want...)
}

// stays checks that traffic goes to these backends, as their ring says, exactly once, and to no others.
func (d *dnsTier) stays(ctx context.Context, t *testing.T, want ...string) {
	t.Helper()
	load, spans, logs := d.deliver(ctx, t)
	d.placed(t, load, spans, logs, want)
}

// placed checks that all of a load is where the ring of these backends says, exactly once.
func (d *dnsTier) placed(t *testing.T, load harness.Load, spans, logs harness.Delivery, want []string) {
	t.Helper()
	hashes := ring.New(want...)
	for _, signal := range []struct {
		name string
		got  harness.Delivery
		sent []harness.Record
		by   route
	}{{"spans", spans, load.Spans, spansByTrace(hashes)}, {"log records", logs, load.Logs, logsByTrace(hashes)}} {
		if len(signal.sent) == 0 {
			continue
		}
		maps.DeleteFunc(signal.got, func(backend string, records map[harness.Record]int) bool {
			return len(records) == 0 && !slices.Contains(want, backend)
		})
		placed(t, signal.name, signal.got, signal.sent, signal.by)
	}
}

// deliver sends a new load and returns when all of it has arrived, with what of it each backend got.
func (d *dnsTier) deliver(ctx context.Context, t *testing.T) (load harness.Load, spans, logs harness.Delivery) {
	t.Helper()
	load = d.nextLoad()
	if err := load.Send(ctx, nil, d.client); err != nil {
		t.Fatal(err)
	}
	spans, logs = d.arrived(ctx, t, load)
	return load, spans, logs
}

// arrived waits until all of a load has arrived and returns what of it each backend got.
func (d *dnsTier) arrived(ctx context.Context, t *testing.T, load harness.Load) (spans, logs harness.Delivery) {
	t.Helper()
	spans, logs = harness.Delivery{}, harness.Delivery{}
	err := harness.Until(ctx, "the load to arrive", func() (bool, string) {
		moreSpans, moreLogs := d.backends.Take()
		spans.Add(onlyOf(load.Spans, moreSpans))
		logs.Add(onlyOf(load.Logs, moreLogs))
		missing := len(spans.Audit(load.Spans).Missing) + len(logs.Audit(load.Logs).Missing)
		return missing == 0, fmt.Sprintf("%d records are missing", missing)
	})
	if err != nil {
		t.Fatal(err)
	}
	return spans, logs
}

// nextLoad is a load that was not sent before: what arrives late is known by its records.
func (d *dnsTier) nextLoad() harness.Load {
	d.shape.Seed++
	return harness.NewLoad(d.shape)
}

// failsToResolve waits until the load balancer has logged two more failed lookups, each with these words.
func (d *dnsTier) failsToResolve(ctx context.Context, t *testing.T, words string) {
	t.Helper()
	before := len(d.lb.Log())
	err := harness.Until(ctx, "two failed lookups: "+words, func() (bool, string) {
		log := d.lb.Log()[before:]
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

// reachedBy lists the backends that got something.
func reachedBy(got harness.Delivery) (backends []string) {
	for backend, records := range got {
		if len(records) > 0 {
			backends = append(backends, backend)
		}
	}
	slices.Sort(backends)
	return backends
}
