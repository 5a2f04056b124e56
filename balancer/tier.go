package balancer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.uber.org/zap"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
	"github.com/otelcol-river/otelcol-river/balancer/internal/resolver"
)

// A tier is what the signals of one component share: the list of backends, the doors, and their lanes.
type tier struct {
	config *Config
	from   origin // of the signal that came first
	doors  []door
	lanes  []*lane // complete before the start

	starting sync.Once
	startErr error
	resolver resolver.Resolver // since the start
	forget   func()

	mu      sync.Mutex
	running []*lane // these get the list of backends
	refused error   // why one of them did not take the latest list
}

// tiers finds the tier of a component by its configuration, which all signals of the component get from the collector.
type tiers struct {
	mu    sync.Mutex
	known map[*Config]*tier
}

func newTiers() *tiers { return &tiers{known: map[*Config]*tier{}} }

// join adds a signal to the tier of a configuration, which the first of them makes.
func (ts *tiers) join(config *Config, signal otlpwire.Signal, from origin, doors []door) (*member, error) {
	l, err := newLane(config, signal, from)
	if err != nil {
		return nil, err
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.known[config]
	if t == nil {
		t = &tier{config: config, from: from, doors: doors, forget: func() { ts.forget(config) }}
		ts.known[config] = t
	}
	t.lanes = append(t.lanes, l)
	t.running = append(t.running, l)
	return &member{tier: t, lane: l}, nil
}

func (ts *tiers) forget(config *Config) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	delete(ts.known, config)
}

// start starts the whole tier when the first signal starts: the collector has made all of them by then.
func (t *tier) start(ctx context.Context, host component.Host) error {
	t.starting.Do(func() {
		if t.startErr = t.build(ctx, host); t.startErr != nil {
			t.startErr = errors.Join(t.startErr, t.stop(ctx, t.lanes))
		}
	})
	return t.startErr
}

// build lets nobody in before there is a place for what comes.
func (t *tier) build(ctx context.Context, host component.Host) error {
	for _, l := range t.lanes {
		if err := l.start(ctx, host); err != nil {
			return err
		}
	}
	backends, err := resolver.New(t.config.Resolver, t.from.telemetry, t.setBackends)
	if err != nil {
		return fmt.Errorf("resolver: %w", err)
	}
	t.resolver = backends
	if err := backends.Start(ctx, host); err != nil {
		return fmt.Errorf("resolver: %w", err)
	}
	if err := t.refusal(); err != nil {
		return err
	}
	for _, l := range t.lanes {
		l.balancer.Report() // a resolver that finds nobody has nothing to tell
	}
	for _, d := range t.doors {
		if err := d.open(ctx, host, t.lanes); err != nil {
			return err
		}
	}
	if len(t.doors) > 0 {
		t.from.telemetry.Logger.Info("sends to its backends by itself: pipelines behind it get nothing, and end in nop")
	}
	return nil
}

// setBackends is called by the resolver, one call after the other.
func (t *tier) setBackends(backends []string) {
	t.mu.Lock()
	running := slices.Clone(t.running)
	t.mu.Unlock()
	var errs []error
	for _, l := range running {
		if err := l.balancer.SetBackends(backends); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", l.signal, err))
		}
	}
	err := errors.Join(errs...)
	if err != nil {
		t.from.telemetry.Logger.Error("cannot take the list of backends", zap.Strings("backends", backends), zap.Error(err))
	}
	t.mu.Lock()
	t.refused = err
	t.mu.Unlock()
}

func (t *tier) refusal() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refused
}

// shutdown ends a signal. Behind doors all signals end together, since they share them, and nobody stands in front of a
// receiver. In front of an exporter stand processors, which may hand over the last of another signal later.
func (t *tier) shutdown(ctx context.Context, l *lane) error {
	if len(t.doors) == 0 {
		return t.stop(ctx, []*lane{l})
	}
	return t.stop(ctx, t.lanes)
}

// stop ends lanes: doors first, and with the last lane the resolver. The lanes send what they hold at the same time, so
// that all of them together take no longer than one.
//
// With a queue, requests that have begun get in before the lanes end. Without one they wait for backends, and get from
// the lanes, when these end, the answer that they have to come again.
func (t *tier) stop(ctx context.Context, lanes []*lane) error {
	doors := beginClosing(ctx, t.doors)
	if t.config.Delivery.SendingQueue.Enabled {
		doors.finish()
	}
	var errs []error
	last := t.leave(lanes)
	if last && t.resolver != nil {
		errs = append(errs, t.resolver.Shutdown(ctx))
		t.resolver = nil
	}
	errs = append(errs, stopAll(ctx, lanes)...)
	doors.finish()
	if last {
		t.forget()
	}
	return errors.Join(errs...)
}

// leave takes lanes out of those that run; true: none is left.
func (t *tier) leave(lanes []*lane) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running = slices.DeleteFunc(t.running, func(l *lane) bool { return slices.Contains(lanes, l) })
	return len(t.running) == 0
}

func stopAll(ctx context.Context, lanes []*lane) []error {
	errs := make([]error, len(lanes))
	var stopped sync.WaitGroup
	for i, l := range lanes {
		stopped.Go(func() { errs[i] = l.stop(ctx) })
	}
	stopped.Wait()
	return errs
}

// A member is one signal of a component, as the collector starts and stops it.
type member struct {
	tier *tier
	lane *lane
}

// Start starts all signals of the component, unless another one has done so.
func (m *member) Start(ctx context.Context, host component.Host) error {
	m.lane.status.connect(host)
	return m.tier.start(ctx, host)
}

// Shutdown ends what this signal no longer needs.
func (m *member) Shutdown(ctx context.Context) error { return m.tier.shutdown(ctx, m.lane) }
