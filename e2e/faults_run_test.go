package e2e

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// quiet is how long nothing has to come until what is missing counts as lost: longer than a load balancer waits between
// its first attempts.
const quiet = 15 * time.Second

// faultTier is a load balancer with backends under steady load, in one run of one fault.
type faultTier struct {
	profile  string
	river    string   // the file of the load balancer, which steps may change
	extra    []string // more --config
	env      []string
	queue    string // the folder of the persistent queue
	files    string // the folder for what backends write down
	members  []string
	scaleTo  func(addresses ...string) // tells the resolver
	resolver string                    // its name in the load balancer's metrics

	lb       *harness.Collector
	backends map[string]*harness.BackendProcess // by address
	struckAt map[string]time.Time               // when the fault came to a backend
	orders   []order                            // that the load balancer may have had
	sender   *steadySender
	killed   bool // the load balancer was, and could not count what it lost then
	givenUp  int  // by otlp_balancer, as it counted

	struck, heals, healed time.Time // when the fault began, when its end did, and when it was over
}

// order is the backends of a trace as a load balancer prefers them.
type order func(trace pcommon.TraceID) []string

// newFaultTier prepares a tier with a static list. Nothing runs yet.
func newFaultTier(t *testing.T, profile string) *faultTier {
	t.Helper()
	tier := &faultTier{
		profile: profile, queue: t.TempDir(), files: t.TempDir(), members: backendAddresses,
		backends: map[string]*harness.BackendProcess{}, struckAt: map[string]time.Time{},
	}
	tier.env = []string{"OTELCOL_RIVER_QUEUE=" + tier.queue}
	tier.river = changed(t, "configs/tail-sampling/load_balancer.river")
	return tier
}

// start starts the backends, the load balancer and the load.
func (tier *faultTier) start(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, addr := range tier.members {
		tier.startBackend(ctx, t, addr)
	}
	tier.know(tier.members...)
	tier.startBalancer(ctx, t)
	tier.sender = startSteadySender(ctx, t, receiverAt(balancerAddress))
}

func (tier *faultTier) startBackend(ctx context.Context, t *testing.T, addr string) {
	t.Helper()
	b, err := harness.StartBackendProcess(ctx, receiverAt(addr), addr+":9999", filepath.Join(tier.files, addr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Kill(); err != nil {
			t.Error(err)
		}
	})
	tier.backends[addr] = b
}

func (tier *faultTier) startBalancer(ctx context.Context, t *testing.T) {
	t.Helper()
	f := form{name: tier.profile, binary: harness.River, configs: []string{"river:" + tier.river}}
	switch tier.profile {
	case resilient:
		f.configs[0] += "?profile=resilient" // its log has a line for each span, which would be too many
	case oursInMemory:
		f.configs[0] += "?target=balancer"
	case oursOnDisk:
		f.configs[0] += "?target=balancer&profile=resilient"
	}
	if tier.profile != resilient {
		f = f.with(everyMessage) // to count what it drops
	}
	tier.lb = startAt(ctx, t, f.with(tier.extra...), balancerAddress, tier.env...)
}

// tune changes a key of otlp_balancer.
func (tier *faultTier) tune(key string) {
	tier.extra = append(tier.extra, "yaml:receivers: {otlp_balancer/samplers: {"+key+"}}")
}

// isOurs tells whether the load balancer is otlp_balancer.
func (tier *faultTier) isOurs() bool { return slices.Contains(ourProfiles, tier.profile) }

// know notes that the load balancer may send to these from now on.
func (tier *faultTier) know(addresses ...string) {
	hashes := ring.New(endpointsAt(addresses...)...)
	next := func(trace pcommon.TraceID) []string { return []string{hashes.Span(trace)} }
	if tier.isOurs() {
		rendezvous := ring.NewRendezvous(endpointsAt(addresses...)...)
		next = func(trace pcommon.TraceID) []string { return rendezvous.Order(trace[:]) }
	}
	tier.orders = append(tier.orders, next)
}

// hit is a backend that the fault comes to now.
func (tier *faultTier) hit(addr string) *harness.BackendProcess {
	if tier.struckAt[addr].IsZero() {
		tier.struckAt[addr] = time.Now()
	}
	return tier.backends[addr]
}

// placed tells whether an arrival is where one of the orders has it: at the first backend, or at the next one after
// those that the fault had come to.
func (tier *faultTier) placed(addr string, a harness.Arrival) bool {
	for _, of := range tier.orders {
		for _, backend := range of(a.Trace) {
			if backend == receiverAt(addr) {
				return true
			}
			if at, struck := tier.struckAt[strings.TrimSuffix(backend, receiverAt(""))]; !struck || a.Time.Before(at) {
				break
			}
		}
	}
	return false
}

// arrivals reads what has reached all backends.
func (tier *faultTier) arrivals(t *testing.T) map[string][]harness.Arrival {
	t.Helper()
	all := map[string][]harness.Arrival{}
	for addr, b := range tier.backends {
		arrived, err := b.Arrivals()
		if err != nil {
			t.Fatal(err)
		}
		all[addr] = arrived
	}
	return all
}

// faultCount is what one run measured, in spans.
type faultCount struct {
	Acknowledged int
	Refused      int           // not acknowledged
	Lost         int           // acknowledged, and never arrived
	Repeated     int           // arrived more often than once, each further time
	Anyway       int           // refused, but arrived: a sender who tries again repeats them
	Misrouted    int           // arrived where no order of the run puts them
	Silent       int           // lost, and not counted by otlp_balancer, unless it was killed
	Stall        time.Duration // the longest time in which a healthy backend got nothing, from the fault to its end
	Rate         float64       // of what healthy backends got during the fault to what they got before
}

// count ends the load, waits until everything has arrived or nothing comes any more, ends the load balancer, and
// counts.
func (tier *faultTier) count(ctx context.Context, t *testing.T, healthy []string) (c faultCount) {
	t.Helper()
	acknowledged, refused := tier.sender.stop()
	tier.settle(ctx, t, acknowledged)
	tier.stopBalancer(ctx, t)
	c.Acknowledged, c.Refused = len(acknowledged), len(refused)
	times := map[harness.Record]int{}
	arrivals := tier.arrivals(t)
	for addr, arrived := range arrivals {
		for _, a := range arrived {
			times[a.Record]++
			if !tier.placed(addr, a) {
				c.Misrouted++
			}
		}
	}
	for _, r := range acknowledged {
		if times[r] == 0 {
			c.Lost++
		}
	}
	for _, r := range refused {
		if times[r] > 0 {
			c.Anyway++
		}
	}
	for _, n := range times {
		c.Repeated += n - 1
	}
	if tier.isOurs() && !tier.killed {
		c.Silent = c.Lost - tier.givenUp
	}
	for _, addr := range healthy {
		c.Stall = max(c.Stall, longestGap(arrivals[addr], tier.struck, tier.healed))
	}
	c.Rate = tier.rate(arrivals, healthy)
	return c
}

// settle waits until all that was acknowledged has arrived or was dropped as the log says, or no more of it comes.
func (tier *faultTier) settle(ctx context.Context, t *testing.T, acknowledged []harness.Record) {
	t.Helper()
	last, since := -1, time.Now()
	for {
		missing := map[harness.Record]bool{}
		for _, r := range acknowledged {
			missing[r] = true
		}
		for _, all := range tier.arrivals(t) {
			for _, a := range all {
				delete(missing, a.Record)
			}
		}
		if len(missing) != last { // repeated ones may come for ever
			last, since = len(missing), time.Now()
		}
		over := len(missing) == 0
		switch tier.profile {
		case asRiver:
			// In the resilient one a backend's queue says so, too, of what goes back to the queue before it.
			over = len(missing) <= dropped(tier.lb.Log())
		case oursInMemory, oursOnDisk:
			over = len(missing) <= tier.givenUp+givenUp(ctx, t)
		}
		if over || time.Since(since) > quiet {
			return
		}
		pause(ctx, t, time.Second)
	}
}

// pause lets a load go on for a while, or ends the test with its context.
func pause(ctx context.Context, t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-ctx.Done():
		t.Fatal(context.Cause(ctx))
	}
}
