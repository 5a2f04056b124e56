// Command demo shows the load-balancing tier at work: it starts one load balancer and three backends from River files,
// sends traces through them, counts which backend passed on which span, and stops everything that it started. With
// -target balancer the same file of the load balancer becomes otlp_balancer.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// limit ends a demo that hangs.
const limit = time.Minute

// shape is what the demo sends; every run sends the same.
var shape = harness.Shape{Seed: 1, Traces: 24_000, Spans: 10, Services: 12}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], newScreen(os.Stdout))
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out *screen) (err error) {
	to, err := readTarget(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	out.title(fmt.Sprintf("One load balancer (%s) and three backends, all configured in River", to.component))
	started := time.Now()
	tier, err := startTier(ctx, to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tier.stop()) }()
	for _, line := range tier.describe() {
		out.line(line)
	}
	out.line(fmt.Sprintf("ready after %.1f s", time.Since(started).Seconds()))

	load := harness.NewLoad(shape)
	if err := deliver(ctx, out, tier, load); err != nil {
		return err
	}
	// What a collector would deliver a second time, it delivers before it ends.
	if err := tier.stop(); err != nil {
		return err
	}
	spans, _ := tier.counters.Take()
	out.table(newReport(tier.backends, spans))
	if err := verdict(spans, load); err != nil {
		return err
	}
	out.success(fmt.Sprintf("%s traces, %s spans: every span delivered exactly once, no trace split.",
		grouped(shape.Traces), grouped(len(load.Spans))))
	return nil
}

// deliver sends the load and waits until all of it has passed a backend, and shows how far it is.
func deliver(ctx context.Context, out *screen, t *tier, load harness.Load) error {
	client, err := harness.NewGRPCClient(t.balancer)
	if err != nil {
		return err
	}
	began := time.Now()
	err = out.progress(func() []gauge { return gauges(t, len(load.Spans), time.Since(began)) }, func() error {
		if err := load.Send(ctx, nil, client); err != nil {
			return err
		}
		return harness.Until(ctx, "every span to arrive", func() (bool, string) {
			arrived, _ := t.counters.Count()
			return arrived >= len(load.Spans), fmt.Sprintf("%d of %d", arrived, len(load.Spans))
		})
	})
	return errors.Join(err, client.Close())
}

// gauges are the whole and each backend's part of what has been delivered so far.
func gauges(t *tier, total int, since time.Duration) []gauge {
	whole := 0
	var parts []gauge
	for i, b := range t.backends {
		arrived, _ := t.counters[i : i+1].Count()
		whole += arrived
		parts = append(parts, gauge{b.name, float64(arrived) / float64(total), grouped(arrived)})
	}
	rate := int(float64(whole) / since.Seconds())
	text := fmt.Sprintf("%s of %s spans, %s/s", grouped(whole), grouped(total), grouped(rate))
	return append([]gauge{{"delivered", float64(whole) / float64(total), text}}, parts...)
}

// verdict is nil when every span was delivered exactly once and no trace was split.
func verdict(spans harness.Delivery, load harness.Load) error {
	err := spans.Audit(load.Spans).Err()
	if _, split := spans.Placement(harness.ByTrace); len(split) > 0 {
		err = errors.Join(err, fmt.Errorf("%d traces reached more than one backend", len(split)))
	}
	return err
}
