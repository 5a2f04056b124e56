package e2e

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// forever keeps a request that waits for its answer from being given up and sent again.
const forever = `timeout = "1h"` + "\n"

// held is a backend that answers nothing before the gate is open.
func held(gate <-chan struct{}) harness.WatchOptions {
	return harness.WatchOptions{Answer: func(ctx context.Context) error {
		select {
		case <-gate:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

// TestClientQueueSize: what the queue takes is acknowledged at once; the next request is refused, and the sender may
// repeat it. A request counts until the backend has answered it. Nothing that was acknowledged is lost.
func TestClientQueueSize(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		gate := make(chan struct{})
		b := startBench(ctx, t, nil, variant{name: "small", client: plain, backend: held(gate), otlp: forever + `
			queue {
				num_consumers = 2
				queue_size    = 3
			}`})
		small := b.all["small"]
		for range 3 {
			small.takes(ctx, t)
		}
		small.holds(ctx, t, 2)
		if err := small.client.SendTraces(ctx, oneSpan(0)); status.Code(err) != codes.Unavailable {
			t.Errorf("the sender of what the queue does not take is told %v", err)
		}
		small.says(ctx, t, "Exporting failed. Rejecting data.", "sending queue is full")
		close(gate)
		small.arrives(ctx, t)
		small.holds(ctx, t, 0)
		small.delivers(ctx, t)
		b.settle(t)
	})
}

// TestClientNumConsumers: as many requests as there are consumers are on their way to a backend at the same time.
func TestClientNumConsumers(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		gate := make(chan struct{})
		consumers := func(n int) string { return fmt.Sprintf("%squeue { num_consumers = %d }", forever, n) }
		b := startBench(ctx, t, nil,
			variant{name: "one", client: plain, otlp: consumers(1), backend: held(gate)},
			variant{name: "four", client: plain, otlp: consumers(4), backend: held(gate)},
			variant{name: "unset", client: plain, otlp: forever, backend: held(gate)},
		)
		want := map[string]int{"one": 1, "four": 4, "unset": 10}
		for name := range want {
			for range 12 {
				b.all[name].takes(ctx, t)
			}
		}
		for name, n := range want {
			b.all[name].holds(ctx, t, n)
		}
		close(gate)
		for name, n := range want {
			b.all[name].arrives(ctx, t)
			if _, most := b.all[name].backend.Open(); most != n {
				t.Errorf("%s: %d requests at the same time, want %d", name, most, n)
			}
		}
		b.settle(t)
	})
}

// TestClientWithoutQueue: without a queue the sender waits for the backend's answer and hears of its error, once the
// load balancer has given up.
func TestClientWithoutQueue(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		const noQueue = "queue { enabled = false }\n"
		gate := make(chan struct{})
		b := startBench(ctx, t, nil,
			variant{name: "waits", client: plain, otlp: forever + noQueue, backend: held(gate)},
			variant{name: "busy", client: plain, otlp: noQueue + `retry { enabled = false }`,
				backend: answering(status.Error(codes.Unavailable, "busy today"))},
			variant{name: "invalid", client: plain, otlp: noQueue,
				backend: answering(status.Error(codes.InvalidArgument, "no such thing"))},
			variant{name: "queued", client: plain, otlp: `retry { enabled = false }`,
				backend: answering(status.Error(codes.Unavailable, "busy today"))},
		)
		waits := b.all["waits"]
		waits.owed = append(waits.owed, oneRecord(1))
		acknowledged := make(chan error, 1)
		go func() { acknowledged <- waits.client.SendTraces(ctx, oneSpan(1)) }()
		waits.holds(ctx, t, 1)
		select {
		case err := <-acknowledged:
			t.Errorf("acknowledged before the backend answered: %v", err)
		default:
		}
		close(gate)
		if err := <-acknowledged; err != nil {
			t.Error(err)
		}
		for name, want := range map[string]codes.Code{"busy": codes.Unavailable, "invalid": codes.InvalidArgument} {
			err := b.all[name].client.SendTraces(ctx, oneSpan(0))
			if status.Code(err) != want {
				t.Errorf("%s: the sender is told %v", name, err)
			}
			b.all[name].says(ctx, t, "Exporting failed. Rejecting data.")
		}
		b.all["queued"].fails(ctx, t, "Exporting failed. Dropping data.", "busy today")
		b.settle(t)
	})
}

// answering is a backend that answers everything with an error.
func answering(err error) harness.WatchOptions {
	return harness.WatchOptions{Answer: func(context.Context) error { return err }}
}

// TestClientRetry: which errors are retried, how often and after how long.
func TestClientRetry(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		const failures = 6
		// One request at a time, so that the intervals in the log are in their order.
		const single = "queue { num_consumers = 1 }\n"
		busy := func() harness.WatchOptions { return answersFirst(failures, codes.Unavailable) }
		b := startBench(ctx, t, nil,
			variant{name: "growing", client: plain, backend: busy(), otlp: single + `
				retry {
					initial_interval     = "10ms"
					multiplier           = 2
					max_interval         = "50ms"
					randomization_factor = 0
				}`},
			variant{name: "random", client: plain, backend: busy(), otlp: single + `
				retry {
					initial_interval     = "10ms"
					multiplier           = 1
					randomization_factor = 0.5
				}`},
			variant{name: "disabled", client: plain, backend: busy(), otlp: `retry { enabled = false }`},
			variant{name: "invalid", client: plain, backend: answersFirst(1, codes.InvalidArgument)},
			variant{name: "exhausted", client: plain, backend: answersFirst(1, codes.ResourceExhausted)},
			variant{name: "impatient", client: plain, backend: answersFirst(1_000_000, codes.Unavailable), otlp: `
				retry {
					initial_interval     = "10ms"
					multiplier           = 1
					randomization_factor = 0
					max_interval         = "100ms"
					max_elapsed_time     = "200ms"
				}`},
			variant{name: "endless", client: plain, backend: busy(), otlp: `
				retry {
					initial_interval = "10ms"
					max_elapsed_time = "0s"
				}`},
			variant{name: "unset", client: plain, backend: answersFirst(1, codes.Unavailable), otlp: single},
			variant{name: "late", client: plain, backend: held(nil), otlp: `
				timeout = "50ms"
				retry { enabled = false }`},
		)
		for _, name := range []string{"growing", "random", "endless"} {
			b.all[name].deliversOne(ctx, t, failures+1)
		}
		grown := []time.Duration{10 * ms, 20 * ms, 40 * ms, 50 * ms, 50 * ms, 50 * ms}
		if got := b.all["growing"].intervals(t); !slices.Equal(got, grown) {
			t.Errorf("the intervals are %v, want %v", got, grown)
		}
		scattered := b.all["random"].intervals(t)
		if slices.Min(scattered) < 5*ms || slices.Max(scattered) > 15*ms || len(slices.Compact(scattered)) < 2 {
			t.Errorf("with a randomization factor of 0.5, the intervals are %v", scattered)
		}
		for _, name := range []string{"disabled", "invalid", "exhausted"} {
			b.all[name].dropsOne(ctx, t)
			if n := len(b.all[name].backend.Requests()); n != 1 {
				t.Errorf("%s: %d attempts", name, n)
			}
		}
		b.all["late"].dropsOne(ctx, t, "code = DeadlineExceeded")
		b.all["impatient"].dropsOne(ctx, t, "no more retries left")
		if n := len(b.all["impatient"].backend.Requests()); n < 2 || n > 21 {
			t.Errorf("%d attempts of 10 ms each in 200 ms", n)
		}
		// The defaults: five seconds, give or take a half.
		unset := b.all["unset"]
		if err := unset.client.SendTraces(ctx, oneSpan(0)); err != nil {
			t.Fatal(err)
		}
		unset.says(ctx, t, "Will retry the request after interval")
		if first := unset.intervals(t)[0]; first < 2500*ms || first > 7500*ms {
			t.Errorf("the first interval is %v by default", first)
		}
		b.settle(t)
	})
}

const ms = time.Millisecond

// answersFirst is a backend that answers so many requests with an error before it takes the first.
func answersFirst(times int64, code codes.Code) harness.WatchOptions {
	var answered atomic.Int64
	return harness.WatchOptions{Answer: func(context.Context) error {
		if answered.Add(1) <= times {
			return status.Error(code, "not yet")
		}
		return nil
	}}
}

// deliversOne sends one request and checks after how many attempts it arrives.
func (b *benchBalancer) deliversOne(ctx context.Context, t *testing.T, attempts int) {
	t.Helper()
	b.takes(ctx, t)
	b.arrives(ctx, t)
	if n := len(b.backend.Requests()); n != attempts {
		t.Errorf("%s: %d attempts, want %d", b.name, n, attempts)
	}
}

// dropsOne sends one request, which is acknowledged, and waits until the log says that it is lost.
func (b *benchBalancer) dropsOne(ctx context.Context, t *testing.T, words ...string) {
	t.Helper()
	if err := b.client.SendTraces(ctx, oneSpan(0)); err != nil {
		t.Fatalf("%s: %v", b.name, err)
	}
	b.says(ctx, t, append(words, "Exporting failed. Dropping data.")...)
}

// intervals are what the log says about the time before each new attempt.
func (b *benchBalancer) intervals(t *testing.T) (all []time.Duration) {
	t.Helper()
	for _, line := range b.lines("Will retry the request after interval") {
		interval, err := time.ParseDuration(regexp.MustCompile(`"interval": "(.*?)"`).FindStringSubmatch(line)[1])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, interval)
	}
	return all
}

// holds waits until so many requests wait for the backend's answer.
func (b *benchBalancer) holds(ctx context.Context, t *testing.T, requests int) {
	t.Helper()
	err := harness.Until(ctx, fmt.Sprintf("%d requests at %s", requests, b.name), func() (bool, string) {
		now, _ := b.backend.Open()
		return now == requests, fmt.Sprintf("%d", now)
	})
	if err != nil {
		t.Fatal(err)
	}
}
