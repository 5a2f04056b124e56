package e2e

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

const (
	// pace is how often the sender of a fault run sends a request, of a dozen spans for all backends.
	pace = 10 * time.Millisecond
	// requestTimeout is when the sender gives a request up, as an SDK does.
	requestTimeout = 10 * time.Second
	// quiet is how long nothing has to come until what is missing counts as lost: longer than a load balancer waits
	// between its first attempts.
	quiet = 15 * time.Second
)

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
	rings    []ring.Ring                        // that the load balancer may have had
	sender   *steadySender

	struck, healed time.Time // when the fault began and ended
}

// newFaultTier prepares a tier with a static list. Nothing runs yet.
func newFaultTier(t *testing.T, profile string) *faultTier {
	t.Helper()
	tier := &faultTier{
		profile: profile, queue: t.TempDir(), files: t.TempDir(), members: backendAddresses,
		backends: map[string]*harness.BackendProcess{},
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
	if tier.profile == resilient {
		f.configs[0] += "?profile=resilient"
	} else {
		f = f.with(everyMessage) // to count what it drops; by the span that would be too many
	}
	tier.lb = startAt(ctx, t, f.with(tier.extra...), balancerAddress, tier.env...)
}

// know notes that the load balancer may send to these from now on.
func (tier *faultTier) know(addresses ...string) {
	tier.rings = append(tier.rings, ring.New(endpointsAt(addresses...)...))
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
	Misrouted    int           // arrived where no ring of the run puts them
	Stall        time.Duration // the longest time in which a healthy backend got nothing, from the fault to its end
}

// count ends the load, waits until everything has arrived or nothing comes any more, ends the load balancer, and
// counts.
func (tier *faultTier) count(ctx context.Context, t *testing.T, healthy []string) (c faultCount) {
	t.Helper()
	acknowledged, refused := tier.sender.stop()
	tier.settle(ctx, t, acknowledged)
	if err := tier.lb.Stop(); err != nil {
		t.Fatal(err)
	}
	c.Acknowledged, c.Refused = len(acknowledged), len(refused)
	times := map[harness.Record]int{}
	arrivals := tier.arrivals(t)
	for addr, arrived := range arrivals {
		for _, a := range arrived {
			times[a.Record]++
			if !slices.ContainsFunc(tier.rings, func(r ring.Ring) bool { return r.Span(a.Trace) == receiverAt(addr) }) {
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
	for _, addr := range healthy {
		c.Stall = max(c.Stall, longestGap(arrivals[addr], tier.struck, tier.healed))
	}
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
		if tier.profile == asRiver {
			// Under the other profile a backend's queue says so, too, of what goes back to the queue before it.
			over = len(missing) <= dropped(tier.lb.Log())
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

// longestGap is the longest time between two arrivals, the first and the last among them being from and to.
func longestGap(arrived []harness.Arrival, from, to time.Time) (gap time.Duration) {
	last := from
	times := make([]time.Time, 0, len(arrived))
	for _, a := range arrived {
		times = append(times, a.Time)
	}
	slices.SortFunc(times, time.Time.Compare)
	for _, at := range times {
		if at.Before(from) || at.After(to) {
			continue
		}
		gap = max(gap, at.Sub(last))
		last = at
	}
	return max(gap, to.Sub(last))
}

// steadySender sends small requests at a steady pace, each once, and remembers what became of them.
type steadySender struct {
	cancel context.CancelFunc
	done   chan struct{}

	acknowledged, refused []harness.Record
}

func startSteadySender(ctx context.Context, t *testing.T, addr string) *steadySender {
	t.Helper()
	client := newClient(t, harness.NewGRPCClient, addr)
	enough, cancel := context.WithCancel(ctx)
	s := &steadySender{cancel: cancel, done: make(chan struct{})}
	t.Cleanup(cancel)
	go s.run(ctx, enough, client)
	return s
}

// run sends until it is stopped, several requests at once when they are not answered in time.
func (s *steadySender) run(ctx, enough context.Context, client harness.Client) {
	defer close(s.done)
	const atOnce = 64
	type answer struct {
		records []harness.Record
		err     error
	}
	answers, sending := make(chan answer), 0
	take := func(a answer) {
		sending--
		if a.err != nil {
			s.refused = append(s.refused, a.records...)
		} else {
			s.acknowledged = append(s.acknowledged, a.records...)
		}
	}
	tick := time.NewTicker(pace)
	defer tick.Stop()
	var next []harness.Load
	for seed := uint64(1); enough.Err() == nil; {
		select {
		case a := <-answers:
			take(a)
			continue
		case <-enough.Done():
			continue
		case <-tick.C:
		}
		if sending == atOnce {
			continue
		}
		if len(next) == 0 {
			next = harness.NewLoad(harness.Shape{Seed: 1 << 32 * seed, Traces: 120, Spans: 4, Services: 6}).Requests()
			seed++
		}
		load := next[0]
		next = next[1:]
		sending++
		go func() {
			limited, cancel := context.WithTimeout(ctx, requestTimeout)
			defer cancel()
			answers <- answer{load.Spans, load.SendOnce(limited, client)}
		}()
	}
	for sending > 0 {
		take(<-answers)
	}
}

// stop returns what was acknowledged and what was refused, once every request is answered.
func (s *steadySender) stop() (acknowledged, refused []harness.Record) {
	s.cancel()
	<-s.done
	return s.acknowledged, s.refused
}
