package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// The River files, below the repository root.
const (
	balancerFile = "e2e/demo/balancer.river"
	backendFile  = "e2e/demo/backend.river"
)

// noMetrics keeps the collectors from all serving their own metrics on one port.
const noMetrics = "yaml:service::telemetry::metrics::level: none"

// backend is one backend by its name and address.
type backend struct {
	name string
	addr string
}

// tier is everything that the demo runs: source -> load balancer -> three backends -> a counter behind each.
type tier struct {
	target     target
	balancer   string
	backends   []backend
	counters   harness.Backends
	collectors []*harness.Collector // in the order in which they stop
}

// startTier starts all of it, and leaves nothing behind when a part does not start.
func startTier(ctx context.Context, to target) (*tier, error) {
	root, err := harness.Root()
	if err != nil {
		return nil, err
	}
	addresses, err := harness.FreeAddresses(4)
	if err != nil {
		return nil, err
	}
	t := &tier{target: to, balancer: addresses[0]}
	env := []string{"BALANCER=" + t.balancer}
	for i, addr := range addresses[1:] {
		b := backend{fmt.Sprintf("backend %d", i+1), addr}
		env = append(env, fmt.Sprintf("BACKEND_%d=%s", i+1, addr))
		if err := t.startBackend(ctx, filepath.Join(root, backendFile), b); err != nil {
			return nil, errors.Join(err, t.stop())
		}
	}
	err = t.startCollector(ctx, "load balancer", filepath.Join(root, balancerFile)+to.options, t.balancer, env)
	if err != nil {
		return nil, errors.Join(err, t.stop())
	}
	return t, nil
}

// startBackend starts a counter and the backend in front of it.
func (t *tier) startBackend(ctx context.Context, river string, b backend) error {
	counter, err := harness.StartBackend(b.name, "127.0.0.1:0", nil)
	if err != nil {
		return err
	}
	t.counters = append(t.counters, counter)
	t.backends = append(t.backends, b)
	return t.startCollector(ctx, b.name, river, b.addr, []string{"BACKEND=" + b.addr, "COUNTER=" + counter.Addr()})
}

func (t *tier) startCollector(ctx context.Context, name, river, addr string, env []string) error {
	c, err := harness.StartCollector(ctx, harness.CollectorOptions{
		Name: name, Binary: harness.River, Configs: []string{"river:" + river, noMetrics}, Env: env,
		Listens: []string{addr},
	})
	if err != nil {
		return err
	}
	// Who sends to another stops first: it delivers what it holds.
	t.collectors = append([]*harness.Collector{c}, t.collectors...)
	return nil
}

// describe says what runs, one line each.
func (t *tier) describe() []string {
	lines := []string{
		fmt.Sprintf("load balancer  %-15s  --config=river:%s%s", t.balancer, balancerFile, t.target.options),
	}
	for _, b := range t.backends {
		lines = append(lines, fmt.Sprintf("%-13s  %-15s  --config=river:%s", b.name, b.addr, backendFile))
	}
	return lines
}

// stop stops everything; a second time it does nothing.
func (t *tier) stop() error {
	var err error
	for _, c := range t.collectors {
		err = errors.Join(err, c.Stop())
	}
	t.collectors = nil
	t.counters.Stop()
	return err
}
