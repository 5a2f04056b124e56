package e2e

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// brokenAt is where testdata/broken.river stops being River.
const brokenAt = ":13:36"

// TestRiverErrorAtStart starts a load balancer from a River file with an error: it says where the error is and ends.
func TestRiverErrorAtStart(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		broken := inRepository(t, "e2e/testdata/broken.river")
		lb, err := harness.LaunchCollector(harness.CollectorOptions{
			Name: "the load balancer", Binary: harness.River, Configs: []string{"river:" + broken},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := lb.Kill(); err != nil {
				t.Error(err)
			}
		})
		code, err := lb.Wait(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if code <= 0 {
			t.Errorf("exit code %d, expected a failure", code)
		}
		if !strings.Contains(lb.Log(), broken+brokenAt) {
			t.Errorf("the log does not name %s:\n%s", broken+brokenAt, lb.Log())
		}
	})
}

// TestReload changes the River file under a running load balancer: a good change takes effect and loses nothing that
// was acknowledged, a broken file is reported and changes nothing, and the next good one is taken again.
func TestReload(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		three, four := inRepository(t, "e2e/testdata/three.river"), inRepository(t, "e2e/testdata/four.river")
		ringOfThree, ringOfFour := ring.New(threeEndpoints...), ring.New(fourEndpoints...)
		backends := startBackends(t, nil, fourEndpoints...)
		config := newLiveFile(t, "live.river", three)
		lb := startLoadBalancer(ctx, t, form{"live", harness.River, []string{"river:" + string(config)}}, []string{grpcAddr})
		client := newClient(t, harness.NewGRPCClient, grpcAddr)
		sendPlaced := func(when string, seed uint64, over ring.Ring, to harness.Backends) harness.Load {
			t.Helper()
			load := harness.NewLoad(harness.Shape{Seed: seed, Traces: 1000, Spans: 4, Services: 8})
			send(ctx, t, load, backends, client)
			spans, _ := to.Take()
			placed(t, when, onlyOf(load.Spans, spans), load.Spans, spansByTrace(over))
			return load
		}
		sendPlaced("over three", 4, ringOfThree, backends[:3])

		config.become(t, four)
		underLoad(ctx, t, backends, client, func() error { return lb.Reload(ctx) })
		sendPlaced("over four", 5, ringOfFour, backends)

		config.become(t, inRepository(t, "e2e/testdata/broken.river"))
		if err := lb.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		err := harness.Until(ctx, "the error to be logged", func() (bool, string) {
			return strings.Contains(lb.Log(), string(config)+brokenAt), "it is not"
		})
		if err != nil {
			t.Fatal(err)
		}
		sendPlaced("after the broken file", 6, ringOfFour, backends)

		config.become(t, three)
		if err := lb.Reload(ctx); err != nil {
			t.Fatal(err)
		}
		last := sendPlaced("after the repair", 7, ringOfThree, backends[:3])
		if err := lb.Stop(); err != nil {
			t.Fatal(err)
		}
		late, _ := backends.Take()
		for backend, records := range onlyOf(last.Spans, late) {
			if len(records) > 0 {
				t.Errorf("%d spans arrived once more, at %s", len(records), backend)
			}
		}
	})
}

// onlyOf leaves out what belongs to other loads: a request that a reload cut off may arrive a second time, later.
func onlyOf(load []harness.Record, got harness.Delivery) harness.Delivery {
	sent := map[harness.Record]bool{}
	for _, r := range load {
		sent[r] = true
	}
	for _, records := range got {
		maps.DeleteFunc(records, func(r harness.Record, _ int) bool { return !sent[r] })
	}
	return got
}

// underLoad makes a change while spans keep coming in. The receiver may be down for a moment, the source repeats what
// is refused, and whatever was acknowledged must have arrived, at an old or a new backend.
func underLoad(
	ctx context.Context, t *testing.T, backends harness.Backends, client harness.Client, change func() error,
) {
	t.Helper()
	var acknowledged atomic.Int64
	var sent []harness.Record
	changed, done := make(chan struct{}), make(chan error, 1)
	go func() {
		for seed := uint64(100); ; seed++ {
			load := harness.NewLoad(harness.Shape{Seed: seed, Traces: 100, Spans: 4, Services: 8})
			sent = append(sent, load.Spans...)
			err := load.Send(ctx, func(spans int) { acknowledged.Add(int64(spans)) }, client)
			select {
			case <-changed:
				done <- err
				return
			default:
			}
			if err != nil {
				done <- err
				return
			}
		}
	}()
	err := harness.Until(ctx, "the load to flow", func() (bool, string) {
		return acknowledged.Load() > 0, "nothing is acknowledged"
	})
	before := acknowledged.Load()
	if err == nil {
		err = change()
	}
	close(changed)
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}

	// A request that was cut off may come twice, so the arrivals are looked at one by one and not counted.
	got := harness.Delivery{}
	err = harness.Until(ctx, "what was acknowledged during the change to arrive", func() (bool, string) {
		more, _ := backends.Take()
		got.Add(more)
		missing := len(got.Audit(sent).Missing)
		return missing == 0, fmt.Sprintf("%d of %d spans are missing", missing, len(sent))
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d spans acknowledged before the change, %d from then on", before, acknowledged.Load()-before)
}
