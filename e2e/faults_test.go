package e2e

import (
	"context"
	"fmt"
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
	before = 2 * time.Second
	during = 4 * time.Second
	after  = time.Second
	// faultStep is the time between the parts of a fault.
	faultStep = time.Second
)

// The configurations that are compared, by how a River file is run.
const (
	asRiver      = "River's defaults"
	resilient    = "Resilient"
	oursInMemory = "otlp_balancer"
	oursOnDisk   = "otlp_balancer on disk"
)

var (
	profiles    = []string{asRiver, resilient, oursInMemory, oursOnDisk}
	ourProfiles = []string{oursInMemory, oursOnDisk}
)

// step is the beginning or the end of a fault.
type step func(ctx context.Context, t *testing.T, tier *faultTier)

// fault is a row of the table.
type fault struct {
	name    string
	healthy []string // the backends that it leaves alone
	setup   step     // nil for three backends in a static list
	strike  step
	heal    step
	only    []string           // the profiles that it concerns; nil: all
	want    map[string]outcome // what a run of a profile has to show; nothing is demanded of others
	short   []string           // the profiles in which make test has it, too
}

// outcome is what has to come of a run.
type outcome struct {
	lost, repeated answer
	// steady is for backends that are left alone: they have to keep their rate. It is demanded in make faults only.
	steady bool
}

type answer string

const (
	none answer = "none"
	some answer = "some"
)

// What most runs have to show.
var (
	lossless = outcome{lost: none, repeated: none}
	steady   = outcome{lost: none, repeated: none, steady: true}
	// kept and keptSteady are for faults in which what was taken may go unanswered, and has to be sent again.
	kept       = outcome{lost: none}
	keptSteady = outcome{lost: none, steady: true}
	// refused is for statuses that are not retryable.
	refused = outcome{lost: some, repeated: none, steady: true}
)

// exporterProfiles are the profiles with the load_balancing exporter.
var exporterProfiles = []string{asRiver, resilient}

var others = backendAddresses[1:]

var faults = append([]fault{
	{name: "none", healthy: backendAddresses, strike: nothing, heal: nothing,
		want: map[string]outcome{asRiver: lossless, resilient: lossless, oursInMemory: steady, oursOnDisk: steady}},
	{name: "one backend is stopped, and back", healthy: others, strike: stopFirst, heal: startFirst,
		want: map[string]outcome{asRiver: kept, resilient: kept, oursInMemory: steady, oursOnDisk: steady}},
	{name: "one backend is killed, and back", healthy: others, strike: killFirst, heal: startFirst,
		want: map[string]outcome{
			asRiver: kept, resilient: kept, oursInMemory: keptSteady, oursOnDisk: keptSteady,
		}, short: []string{asRiver, resilient, oursInMemory}},
	{name: "one backend is killed, and others take over", healthy: others, setup: failOverSoon, only: ourProfiles,
		strike: killFirst, heal: startFirst,
		want: map[string]outcome{oursInMemory: keptSteady, oursOnDisk: keptSteady}, short: []string{oursOnDisk}},
	{name: "one backend is killed, and its part of the queue is full", healthy: others, setup: smallPart,
		only: ourProfiles, strike: killFirst, heal: startFirst,
		want: map[string]outcome{oursInMemory: keptSteady, oursOnDisk: keptSteady}},
	{name: "one backend is killed, and then taken off the list", healthy: others, strike: killFirst, heal: unlistFirst,
		want: map[string]outcome{
			asRiver: {lost: some}, resilient: kept, oursInMemory: keptSteady, oursOnDisk: keptSteady,
		}, short: exporterProfiles},
	{name: "one backend is frozen", healthy: others, strike: signalFirst(syscall.SIGSTOP),
		heal: signalFirst(syscall.SIGCONT),
		want: map[string]outcome{asRiver: kept, resilient: kept, oursInMemory: keptSteady, oursOnDisk: keptSteady}},
	{name: "one backend answers slowly", healthy: others,
		strike: behave(harness.Behavior{Delay: 500 * time.Millisecond}), heal: behave(harness.Behavior{}),
		want: map[string]outcome{asRiver: lossless, resilient: lossless, oursInMemory: steady, oursOnDisk: steady}},
	{name: "one backend answers after the timeout", healthy: others,
		strike: behave(harness.Behavior{Delay: 7 * time.Second}), heal: answerAgain,
		want: map[string]outcome{asRiver: {lost: none, repeated: some}, resilient: {lost: none, repeated: some},
			oursInMemory: {lost: none, repeated: some, steady: true}, oursOnDisk: {lost: none, repeated: some, steady: true}}},
	{name: "one backend resets connections in requests", healthy: others,
		strike: behave(harness.Behavior{Reset: true}), heal: behave(harness.Behavior{}),
		want: map[string]outcome{asRiver: kept, resilient: kept, oursInMemory: keptSteady, oursOnDisk: keptSteady}},
	{name: "all backends are killed, and back", strike: killAllBackends, heal: startAllBackends,
		want: map[string]outcome{asRiver: kept, resilient: kept, oursInMemory: kept, oursOnDisk: kept}},
	{name: "all backends are restarted, one by one", strike: restartAll, heal: nothing,
		want: map[string]outcome{asRiver: kept, resilient: kept, oursInMemory: lossless, oursOnDisk: lossless}},
	{name: "all backends are replaced, one by one, in DNS", setup: findByDNS, strike: replaceAll, heal: nothing,
		want: map[string]outcome{resilient: kept, oursInMemory: lossless, oursOnDisk: lossless}},
	{name: "all backends are replaced, one by one, in Kubernetes", setup: findByKubernetes, strike: replaceAll,
		heal: nothing, want: map[string]outcome{resilient: kept, oursInMemory: lossless, oursOnDisk: lossless}},
	{name: "the load balancer is stopped, and back", strike: stopBalancer, heal: startBalancer,
		want: map[string]outcome{asRiver: lossless, resilient: kept, oursInMemory: lossless, oursOnDisk: lossless}},
	{name: "the load balancer is stopped while a backend is away", strike: stopBalancerWithoutFirst, heal: startBoth,
		want: map[string]outcome{
			asRiver: {lost: some}, resilient: kept, oursInMemory: kept, oursOnDisk: kept,
		}, short: exporterProfiles},
	{name: "the load balancer is stopped while all backends are away", setup: drainBriefly, only: ourProfiles,
		strike: stopBalancerWithoutAny, heal: startEverything,
		want: map[string]outcome{oursInMemory: {lost: some}, oursOnDisk: kept}},
	{name: "the load balancer is killed, and back", strike: killBalancer, heal: startBalancer,
		want: map[string]outcome{resilient: kept, oursInMemory: {repeated: none}, oursOnDisk: kept}},
	{name: "the load balancer is killed while a backend is away", strike: killBalancerWithoutFirst, heal: startBoth,
		want: map[string]outcome{
			asRiver: {lost: some}, resilient: kept, oursInMemory: {lost: some}, oursOnDisk: kept,
		}, short: []string{oursOnDisk}},
	{name: "the queue is full while all backends are away", setup: smallQueue, only: ourProfiles,
		strike: killAllBackends, heal: startAllBackends,
		want: map[string]outcome{oursInMemory: kept, oursOnDisk: kept}},
	{name: "the disk of the queue is full while a backend is away", only: []string{resilient, oursOnDisk},
		setup: smallDisk, strike: killFirst, heal: startFirst, // v0.158.0 may leave a request behind
		want: map[string]outcome{oursOnDisk: kept}},
	{name: "the memory limit is reached", only: []string{resilient}, setup: littleMemory, strike: nothing, heal: nothing,
		want: map[string]outcome{resilient: kept}},
	{name: "SIGHUP with a changed file", strike: reload(`otlp {`, "otlp {\ntimeout = \"4s\""), heal: nothing,
		want: map[string]outcome{asRiver: lossless, resilient: kept, oursInMemory: lossless, oursOnDisk: lossless}},
	{name: "SIGHUP with a broken file", strike: reload(`otlp {`, `otlp }`), heal: nothing,
		want: map[string]outcome{asRiver: lossless, resilient: kept, oursInMemory: lossless, oursOnDisk: lossless}},
}, statusFaults()...)

// statusFaults are the faults in which one backend answers with a status of gRPC.
func statusFaults() (all []fault) {
	retried := []codes.Code{codes.Canceled, codes.DeadlineExceeded, codes.ResourceExhausted, codes.Aborted,
		codes.OutOfRange, codes.Unavailable, codes.DataLoss}
	for code := codes.Canceled; code <= codes.Unauthenticated; code++ {
		f := fault{name: "one backend answers " + statusName(code), healthy: others,
			strike: behave(harness.Behavior{Status: code}), heal: behave(harness.Behavior{}),
			want: map[string]outcome{
				asRiver: {lost: some}, resilient: {lost: some}, oursInMemory: refused, oursOnDisk: refused,
			}}
		if slices.Contains(retried, code) {
			f.want = map[string]outcome{asRiver: lossless, resilient: lossless, oursInMemory: steady, oursOnDisk: steady}
		}
		switch code {
		case codes.Unavailable:
			f.short = exporterProfiles
		case codes.Internal:
			f.short = []string{asRiver, resilient, oursInMemory}
		default: // in the long form only
		}
		all = append(all, f)
	}
	return all
}

// statusName is how gRPC's documentation writes a code.
func statusName(code codes.Code) string {
	return strings.ToUpper(wordEnd.ReplaceAllString(code.String(), "${1}_${2}"))
}

var wordEnd = regexp.MustCompile(`([a-z])([A-Z])`)

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
			if !f.concerns(profile) || !table.all && !slices.Contains(f.short, profile) {
				continue
			}
			t.Run(f.name+"/"+profile, func(t *testing.T) {
				inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
					count := f.run(ctx, t, profile)
					t.Log(count)
					f.want[profile].check(t, count, table.all)
					table.add(t, f.name, profile, count)
				})
			})
		}
	}
}

// concerns tells whether there are runs of the fault in a profile.
func (f fault) concerns(profile string) bool {
	return f.only == nil || slices.Contains(f.only, profile)
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
	tier.heals = time.Now()
	f.heal(ctx, t, tier)
	tier.healed = time.Now()
	pause(ctx, t, after)
	return tier.count(ctx, t, f.healthy)
}

// leastRate is what healthy backends must get during a fault, of what they got before.
const leastRate = 0.95

// check compares what was counted with what has to come, the rate of healthy backends only if that is asked for.
func (o outcome) check(t *testing.T, c faultCount, rate bool) {
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
	if c.Silent != 0 {
		t.Errorf("otlp_balancer counts %d spans as given up, %d are lost", c.Lost-c.Silent, c.Lost)
	}
	if rate && o.steady && c.Rate < leastRate {
		t.Errorf("healthy backends got %.3f of their rate, want at least %.2f", c.Rate, leastRate)
	}
}

// String is the count in words.
func (c faultCount) String() string {
	return fmt.Sprintf("%d acknowledged, %d refused, %d lost, %d repeated, %d refused but arrived, "+
		"%d misrouted, %d lost without being counted, stall %s, rate %.3f", c.Acknowledged, c.Refused, c.Lost, c.Repeated,
		c.Anyway, c.Misrouted, c.Silent, c.Stall.Round(time.Millisecond), c.Rate)
}
