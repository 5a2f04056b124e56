package e2e

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

func nothing(context.Context, *testing.T, *faultTier) {}

func stopFirst(_ context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	must(t, tier.hit(backendAddresses[0]).Stop())
}

func killFirst(_ context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	must(t, tier.hit(backendAddresses[0]).Kill())
}

func startFirst(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	tier.startBackend(ctx, t, backendAddresses[0])
}

func signalFirst(s syscall.Signal) step {
	return func(_ context.Context, t *testing.T, tier *faultTier) {
		t.Helper()
		must(t, tier.hit(backendAddresses[0]).Signal(s))
	}
}

func behave(how harness.Behavior) step {
	return func(ctx context.Context, t *testing.T, tier *faultTier) {
		t.Helper()
		must(t, tier.hit(backendAddresses[0]).Behave(ctx, how))
	}
}

// answerAgain has the first backend behave again, and waits a while for it to get again what it has.
func answerAgain(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	behave(harness.Behavior{})(ctx, t, tier)
	for since := time.Now(); time.Since(since) < quiet; pause(ctx, t, faultStep) {
		seen := map[harness.Record]bool{}
		for _, a := range tier.arrivals(t)[backendAddresses[0]] {
			if seen[a.Record] {
				return
			}
			seen[a.Record] = true
		}
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
	for addr := range tier.backends {
		must(t, tier.hit(addr).Kill())
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
		must(t, tier.hit(addr).Stop())
		pause(ctx, t, faultStep)
		tier.startBackend(ctx, t, addr)
		pause(ctx, t, faultStep)
	}
}

func stopBalancer(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	tier.stopBalancer(ctx, t)
}

func killBalancer(_ context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	tier.killed = true
	must(t, tier.lb.Kill())
}

func startBalancer(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	tier.startBalancer(ctx, t)
}

func stopBalancerWithoutFirst(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	killFirst(ctx, t, tier)
	pause(ctx, t, faultStep)
	stopBalancer(ctx, t, tier)
}

func stopBalancerWithoutAny(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	killAllBackends(ctx, t, tier)
	pause(ctx, t, faultStep)
	stopBalancer(ctx, t, tier)
}

func killBalancerWithoutFirst(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	killFirst(ctx, t, tier)
	pause(ctx, t, faultStep)
	killBalancer(ctx, t, tier)
}

func startBoth(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	startFirst(ctx, t, tier)
	startBalancer(ctx, t, tier)
}

func startEverything(ctx context.Context, t *testing.T, tier *faultTier) {
	t.Helper()
	startAllBackends(ctx, t, tier)
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
		tier.account(ctx, t) // its counters begin anew
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

// failOverSoon has others get what belongs to a backend that is away for less than a fault lasts.
func failOverSoon(_ context.Context, _ *testing.T, tier *faultTier) {
	tier.tune("retry_on_failure: {initial_interval: 100ms, max_interval: 500ms, failover_after: 1s}")
}

// smallPart leaves one backend room for a part of what a fault leaves behind.
func smallPart(_ context.Context, _ *testing.T, tier *faultTier) {
	tier.tune("sending_queue: {backend_size: 131072}")
}

// drainBriefly has a stop end before the backends are back.
func drainBriefly(_ context.Context, _ *testing.T, tier *faultTier) { tier.tune("drain_timeout: 1s") }

// smallQueue gives the queue room for a part of what a fault leaves behind.
func smallQueue(_ context.Context, _ *testing.T, tier *faultTier) {
	tier.tune("sending_queue: {queue_size: 524288}")
}
