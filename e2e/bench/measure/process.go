package measure

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/bench/floor"
	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// process is one of the processes of a round, and the source that sends to it.
type process struct {
	*harness.Process
	name    string
	host    string        // a loopback address of its own
	started time.Duration // from its start to the first acknowledged request
	source  *wire.Source
	tally   *wire.Tally
	limit   int
}

// start starts a process, and returns when it has acknowledged its first request.
func (s *site) start(ctx context.Context, name string) (*process, error) {
	p := &process{name: name, host: ownHost(), tally: s.tally, limit: s.limit()}
	var err error
	if p.source, err = wire.NewSource(p.host+port, s.cell.Workload.Signal, s.cell.In); err != nil {
		return nil, err
	}
	began := time.Now()
	if p.Process, err = s.launch(p); err != nil {
		return nil, errors.Join(err, p.source.Close())
	}
	if err := p.first(ctx, s.load.First); err != nil {
		return nil, errors.Join(err, p.end(err))
	}
	p.started = time.Since(began)
	return p, nil
}

// port is where everything that is measured listens.
const port = ":4317"

// ownHost is a loopback address by which the ports of a process are its own: there are millions, and what connects to
// them has ports at 127.0.0.1.
func ownHost() string {
	return fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
}

// launch starts the program of a process.
func (s *site) launch(p *process) (*harness.Process, error) {
	if slices.Contains(s.cell.Floors(), p.name) {
		return floor.Start(p.name, p.host+port, s.cell.Out, s.sinks.Addresses())
	}
	program, err := s.copies.of(s.binary(p.name))
	if err != nil {
		return nil, err
	}
	env := []string{
		"BENCH_HOST=" + p.host, "BENCH_OUT=" + s.cell.Out,
		"BENCH_BACKEND=" + s.sinks.Addresses()[0], "BENCH_DATABASE=" + s.database.URL(p.host),
		"BENCH_PERIOD=" + s.period.String(), "OTELCOL_RIVER_PROFILE=" + p.host + profiles,
	}
	if p.name != harness.Plain {
		env = append(env, s.env...)
	}
	c, err := harness.LaunchCollector(harness.CollectorOptions{
		Name: p.name, Binary: program, Configs: s.configs(p.name), Env: env,
	})
	if err != nil {
		return nil, err
	}
	return c.Process, nil
}

// binary is the name in bin of the program of a process.
func (s *site) binary(name string) string {
	if name == cells.Stock {
		return harness.River
	}
	return name
}

// configs are what a collector gets as --config.
func (s *site) configs(name string) []string {
	w := s.cell.Workload
	file, list := w.Config(), ""
	switch upstream := name == harness.Plain || name == cells.Stock; {
	case w.Balancer && upstream, w.Balances && !w.Balancer:
		file, list = w.UpstreamConfig(), "exporters::load_balancing"
	case w.Balancer && w.Exports:
		list = "exporters::otlp_balancer"
	case w.Balancer:
		list = "receivers::otlp_balancer"
	}
	configs := []string{"file:" + filepath.Join(s.root, file), "file:" + filepath.Join(s.root, cells.Telemetry)}
	if w.Balances {
		configs = append(configs, fmt.Sprintf("yaml:%s::resolver::static::hostnames: [%s]",
			list, strings.Join(s.sinks.Addresses(), ", ")))
	}
	return configs
}

// first sends the first request as soon as the process takes it, and gives up when the process ends.
func (p *process) first(ctx context.Context, request wire.Request) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%s does not start", p.name))
	defer cancel()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	go func() {
		if code, err := p.Wait(ctx); err == nil {
			fail(fmt.Errorf("%s ended with %d", p.name, code))
		}
	}()
	return p.send(ctx, []wire.Request{request})
}

// send returns when all requests are acknowledged.
func (p *process) send(ctx context.Context, requests []wire.Request) error {
	if err := p.source.Send(ctx, requests, p.tally, p.limit); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return nil
}

// end stops the process; one whose round has failed, at once, with what it said.
func (p *process) end(failed error) error {
	err := p.source.Close()
	if failed != nil {
		return errors.Join(err, p.Kill(), fmt.Errorf("log of %s:\n%s", p.name, p.Log()))
	}
	return errors.Join(err, p.Stop())
}
