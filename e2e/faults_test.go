package e2e

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// Each phase of a fault run: before the fault, during it, and after it.
const (
	before = time.Second
	during = 4 * time.Second
	after  = time.Second
)

// The two configurations that are compared, by how a River file is run.
const (
	asRiver   = "River's defaults"
	resilient = "resilient"
)

var profiles = []string{asRiver, resilient}

// step is the beginning or the end of a fault.
type step func(ctx context.Context, t *testing.T, tier *faultTier)

// fault is a row of the table.
type fault struct {
	name    string
	healthy []string // the backends that it leaves alone
	setup   step     // nil for three backends in a static list
	strike  step
	heal    step
	only    string             // the one profile that it concerns
	want    map[string]outcome // what a run of a profile has to show; nothing is demanded of others
	short   bool               // in make test, too
}

// outcome is what has to come of a run.
type outcome struct{ lost, repeated answer }

type answer string

const (
	none answer = "none"
	some answer = "some"
)

// lossless is the outcome that the profile is for.
var lossless = outcome{none, none}

var others = backendAddresses[1:]

var faults = append([]fault{
	{name: "none", healthy: backendAddresses, strike: nothing, heal: nothing,
		want: map[string]outcome{asRiver: lossless, resilient: lossless}},
	{name: "one backend is stopped, and back", healthy: others, strike: stopFirst, heal: startFirst,
		want: map[string]outcome{asRiver: {lost: none}, resilient: {lost: none}}},
	{name: "one backend is killed, and back", healthy: others, strike: killFirst, heal: startFirst, short: true,
		want: map[string]outcome{asRiver: {lost: none}, resilient: {lost: none}}},
	{name: "one backend is killed, and then taken off the list", healthy: others, strike: killFirst, heal: unlistFirst,
		want: map[string]outcome{asRiver: {lost: some}, resilient: {lost: none}}, short: true},
	{name: "one backend is frozen", healthy: others, strike: signalFirst(syscall.SIGSTOP),
		heal: signalFirst(syscall.SIGCONT),
		want: map[string]outcome{asRiver: {lost: none}, resilient: {lost: none}}},
	{name: "one backend answers slowly", healthy: others,
		strike: behave(harness.Behavior{Delay: 500 * time.Millisecond}), heal: behave(harness.Behavior{}),
		want: map[string]outcome{asRiver: lossless, resilient: lossless}},
	{name: "one backend answers after the timeout", healthy: others,
		strike: behave(harness.Behavior{Delay: 7 * time.Second}), heal: behave(harness.Behavior{}),
		want: map[string]outcome{asRiver: {none, some}, resilient: {none, some}}},
	{name: "one backend resets connections in requests", healthy: others,
		strike: behave(harness.Behavior{Reset: true}), heal: behave(harness.Behavior{}),
		want: map[string]outcome{asRiver: {lost: none}, resilient: {lost: none}}},
	{name: "all backends are killed, and back", strike: killAllBackends, heal: startAllBackends,
		want: map[string]outcome{asRiver: {lost: none}, resilient: {lost: none}}},
	{name: "all backends are restarted, one by one", strike: restartAll, heal: nothing,
		want: map[string]outcome{asRiver: {lost: none}, resilient: {lost: none}}},
	{name: "all backends are replaced, one by one, in DNS", setup: findByDNS, strike: replaceAll, heal: nothing,
		want: map[string]outcome{resilient: {lost: none}}},
	{name: "all backends are replaced, one by one, in Kubernetes", setup: findByKubernetes, strike: replaceAll,
		heal: nothing, want: map[string]outcome{resilient: {lost: none}}},
	{name: "the load balancer is stopped, and back", strike: stopBalancer, heal: startBalancer,
		want: map[string]outcome{asRiver: lossless, resilient: {lost: none}}},
	{name: "the load balancer is stopped while a backend is away", strike: stopBalancerWithoutFirst, heal: startBoth,
		want: map[string]outcome{asRiver: {lost: some}, resilient: {lost: none}}, short: true},
	{name: "the load balancer is killed, and back", strike: killBalancer, heal: startBalancer,
		want: map[string]outcome{resilient: {lost: none}}},
	{name: "the load balancer is killed while a backend is away", strike: killBalancerWithoutFirst, heal: startBoth,
		want: map[string]outcome{asRiver: {lost: some}, resilient: {lost: none}}},
	{name: "the disk of the queue is full while a backend is away", only: resilient, setup: smallDisk,
		strike: killFirst, heal: startFirst}, // v0.158.0 may leave a request behind
	{name: "the memory limit is reached", only: resilient, setup: littleMemory, strike: nothing, heal: nothing,
		want: map[string]outcome{resilient: {lost: none}}},
	{name: "SIGHUP with a changed file", strike: reload(`otlp {`, "otlp {\ntimeout = \"4s\""), heal: nothing,
		want: map[string]outcome{asRiver: lossless, resilient: {lost: none}}},
	{name: "SIGHUP with a broken file", strike: reload(`otlp {`, `otlp }`), heal: nothing,
		want: map[string]outcome{asRiver: lossless, resilient: {lost: none}}},
}, statusFaults()...)

// statusFaults are the faults in which one backend answers with a status of gRPC.
func statusFaults() (all []fault) {
	retried := []codes.Code{codes.Canceled, codes.DeadlineExceeded, codes.ResourceExhausted, codes.Aborted,
		codes.OutOfRange, codes.Unavailable, codes.DataLoss}
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		want := outcome{lost: some}
		if slices.Contains(retried, code) {
			want = lossless
		}
		all = append(all, fault{name: "one backend answers " + statusName(code), healthy: others,
			strike: behave(harness.Behavior{Status: code}), heal: behave(harness.Behavior{}),
			want:  map[string]outcome{asRiver: want, resilient: want},
			short: code == codes.Unavailable || code == codes.Internal})
	}
	return all
}

// statusName is how gRPC's documentation writes a code.
func statusName(code codes.Code) string {
	return strings.ToUpper(wordEnd.ReplaceAllString(code.String(), "${1}_${2}"))
}

var wordEnd = regexp.MustCompile(`([a-z])([A-Z])`)

func nothing(context.Context, *testing.T, *faultTier) {}

func stopFirst(_ context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	must(t, tier.backends[backendAddresses[0]].Stop())
}

func killFirst(_ context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	must(t, tier.backends[backendAddresses[0]].Kill())
}

func startFirst(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	tier.startBackend(ctx, t, backendAddresses[0])
}

func signalFirst(s syscall.Signal) step {
	return func(_ context.Context, t *testing.T, tier *faultTier) {
		t.Helper()
		must(t, tier.backends[backendAddresses[0]].Signal(s))
	}
}

func behave(how harness.Behavior) step {
	return func(ctx context.Context, t *testing.T, tier *faultTier) {
		t.Helper()
		must(t, tier.backends[backendAddresses[0]].Behave(ctx, how))
	}
}

// unlistFirst is what is left to do when a backend of a static list is gone for good.
func unlistFirst(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	tier.know(others...)
	reload(`"127.0.0.2:4317", `, "")(ctx, t, tier)
}

func killAllBackends(_ context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	for _, b := range tier.backends {
		must(t, b.Kill())
	}
}

func startAllBackends(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	for _, addr := range backendAddresses {
		tier.startBackend(ctx, t, addr)
	}
}

func restartAll(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	for _, addr := range backendAddresses {
		must(t, tier.backends[addr].Stop())
		pause(ctx, t, before)
		tier.startBackend(ctx, t, addr)
		pause(ctx, t, before)
	}
}

func stopBalancer(_ context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	must(t, tier.lb.Stop())
}

func killBalancer(_ context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	must(t, tier.lb.Kill())
}

func startBalancer(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	tier.startBalancer(ctx, t)
}

func stopBalancerWithoutFirst(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	killFirst(ctx, t, tier)
	pause(ctx, t, before)
	stopBalancer(ctx, t, tier)
}

func killBalancerWithoutFirst(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	killFirst(ctx, t, tier)
	pause(ctx, t, before)
	killBalancer(ctx, t, tier)
}

func startBoth(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	startFirst(ctx, t, tier)
	startBalancer(ctx, t, tier)
}

// reload changes the River file and has the load balancer read it again.
func reload(text, replacement string) step {
	return func(ctx context.Context, t *testing.T, tier *faultTier) {
		t.Helper()
		river, err := os.ReadFile(tier.river)
		must(t, err)
		if n := strings.Count(string(river), text); n != 1 {
			t.Fatalf("%q stands in the file %d times", text, n)
		}
		changed := strings.ReplaceAll(string(river), text, replacement)
		must(t, os.WriteFile(tier.river, []byte(changed), 0o600))
		must(t, tier.lb.Reload(ctx))
	}
}

// smallDisk gives the queue a disk that a part of what the dead backend leaves behind fills.
func smallDisk(_ context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	release, err := harness.UseMemoryDisk(tier.queue, 1<<20)
	must(t, err)
	t.Cleanup(func() { must(t, release()) })
}

// littleMemory sets the limit so low that the load reaches it.
func littleMemory(_ context.Context, _ *testing.T, tier *faultTier) {
	tier.extra = append(tier.extra, "yaml:processors::memory_limiter/resilient: {limit_mib: 24, spike_limit_mib: 4}")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestFaults runs faults on a tier under steady load, once for each profile, and counts what comes of what was
// acknowledged. In the short form these are few; make faults runs them all and writes the table into docs/faults.md.
func TestFaults(t *testing.T) {
	table := startFaultTable(t)
	for _, f := range faults {
		for _, profile := range profiles {
			if !f.short && !table.all || f.only != "" && f.only != profile {
				continue
			}
			t.Run(f.name+"/"+profile, func(t *testing.T) {
				inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
					count := f.run(ctx, t, profile)
					t.Log(count)
					f.want[profile].check(t, count)
					table.add(t, f.name, profile, count)
				})
			})
		}
	}
}

func (f fault) run(ctx context.Context, t *testing.T, profile string) faultCount {
	t.Helper()
	tier := newFaultTier(t, profile)
	if f.setup != nil {
		f.setup(ctx, t, tier)
	}
	tier.start(ctx, t)
	pause(ctx, t, before)
	tier.struck = time.Now()
	f.strike(ctx, t, tier)
	pause(ctx, t, during)
	f.heal(ctx, t, tier)
	tier.healed = time.Now()
	pause(ctx, t, after)
	return tier.count(ctx, t, f.healthy)
}

// check compares what was counted with what has to come.
func (o outcome) check(t *testing.T, c faultCount) {
	t.Helper()
	if c.Acknowledged == 0 {
		t.Error("nothing was acknowledged")
	}
	for _, part := range []struct {
		what string
		want answer
		got  int
	}{{"lost", o.lost, c.Lost}, {"repeated", o.repeated, c.Repeated}} {
		if part.want == none && part.got > 0 || part.want == some && part.got == 0 {
			t.Errorf("%d spans are %s, want %s", part.got, part.what, part.want)
		}
	}
	if c.Misrouted > 0 {
		t.Errorf("%d spans came to the wrong backend", c.Misrouted)
	}
}

// String is the count in words.
func (c faultCount) String() string {
	return fmt.Sprintf("%d acknowledged, %d refused, %d lost, %d repeated, %d refused but arrived, "+
		"%d misrouted, stall %s", c.Acknowledged, c.Refused, c.Lost, c.Repeated, c.Anyway, c.Misrouted,
		c.Stall.Round(time.Millisecond))
}
