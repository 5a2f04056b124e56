// Package measure runs cells: it starts what is compared, sends it the load of the cell in turn, and notes what each
// process takes for it.
package measure

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/bench/load"
	"github.com/otelcol-river/otelcol-river/e2e/bench/results"
	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

const (
	// turns are how often the processes of a round take turns. What disturbs the machine for longer than a turn disturbs
	// all of them, and leaves ratios as they are.
	turns = 6
	// patience bounds one turn: far beyond what a busy machine needs.
	patience = 3 * time.Minute
)

// Options say how much to measure.
type Options struct {
	Rounds   int           // each has processes of its own
	Requests int           // measured in a round, an even number; 0: as many as the cell needs
	Env      []string      // more environment of our collector, "NAME=value"
	Period   time.Duration // of who works by the clock, whole seconds; 0: that of the workload
}

// Cell measures a cell. It is an error when anything is refused or lost, or arrives twice.
func Cell(ctx context.Context, c cells.Cell, o Options) (r results.Result, err error) {
	s, err := newSite(c, o)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	r.Cell = c.Name()
	r.Records = wire.RecordsOf(s.load.Measured)
	for i := range o.Rounds {
		round, err := s.round(ctx, i)
		if err != nil {
			return r, fmt.Errorf("%s: %w", c.Name(), err)
		}
		r.Rounds = append(r.Rounds, round)
	}
	return r, s.balanced()
}

// round starts what is compared, sends each the load, and stops them. Every other round, the two collectors change
// places: who comes behind the other finds other caches than who comes behind a floor.
func (s *site) round(ctx context.Context, number int) (round results.Round, err error) {
	names := append([]string{harness.River, harness.Plain}, s.others()...)
	if number%2 == 1 {
		names[0], names[1] = names[1], names[0]
	}
	var running []*process
	defer func() {
		for _, p := range running {
			err = errors.Join(err, p.end(err))
		}
	}()
	for _, name := range names {
		p, err := s.start(ctx, name)
		if err != nil {
			return nil, err
		}
		running = append(running, p)
	}
	if err := s.deliver(ctx, s.load.WarmUp, running...); err != nil {
		return nil, err
	}
	return s.measure(ctx, running)
}

// others are what takes part beside the two collectors.
func (s *site) others() []string {
	if s.cell.Workload.Balancer {
		return append([]string{cells.Stock}, s.cell.Floors()...)
	}
	return s.cell.Floors()
}

// measure sends each process what is measured, part by part in turn.
func (s *site) measure(ctx context.Context, running []*process) (results.Round, error) {
	before := map[string]time.Duration{}
	for _, p := range running {
		used, err := p.CPU()
		if err != nil {
			return nil, err
		}
		before[p.name] = used
	}
	for part := range slices.Chunk(s.load.Measured, s.turn()) {
		if err := s.deliver(ctx, part, running...); err != nil {
			return nil, err
		}
	}
	round := results.Round{}
	for _, p := range running {
		used, err := p.CPU()
		if err != nil {
			return nil, err
		}
		_, peak, err := p.Memory()
		if err != nil {
			return nil, err
		}
		round[p.name] = results.Usage{CPU: used - before[p.name], Peak: peak, Start: p.started}
	}
	return round, nil
}

// turn is how many requests a process gets in its turn: at least as many as are sent at a time. Who works by the clock
// gets all at once, so that its clock rings as often in each round.
func (s *site) turn() int {
	n := len(s.load.Measured)
	if s.byClock() {
		return n
	}
	return max(wire.InFlight(1), (n+turns-1)/turns)
}

func (s *site) byClock() bool { return s.cell.Workload.Period > 0 }

// deliver sends requests to one process after the other, and returns when everything that comes of them has arrived. It
// does not wait in between if they work by the clock.
func (s *site) deliver(ctx context.Context, requests []wire.Request, to ...*process) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("this took too long"))
	defer cancel()
	for _, p := range to {
		if err := p.send(ctx, requests); err != nil {
			return err
		}
		if s.byClock() {
			continue
		}
		if err := s.tally.Settle(ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return s.tally.Settle(ctx)
}

// limit is how many records may be on their way. Acknowledged is what a queue has taken: without a limit, queues would
// grow until they refuse.
func (s *site) limit() int {
	if s.byClock() {
		return math.MaxInt
	}
	return wire.InFlight(s.cell.Records)
}

// balanced is nil when records went to several backends, where they should.
func (s *site) balanced() error {
	reached := 0
	for _, n := range s.sinks.Counts() {
		if n > 0 {
			reached++
		}
	}
	if s.cell.Workload.Balances && reached < 2 {
		return fmt.Errorf("%s: %d of %d backends got something", s.cell.Name(), reached, s.cell.Backends)
	}
	return nil
}

// site is what stands around the processes of a cell.
type site struct {
	cell     cells.Cell
	period   time.Duration
	env      []string // more of our collector
	root     string
	copies   *copies
	load     load.Load
	tally    *wire.Tally
	sinks    *wire.Sinks
	database *wire.Database
}

func newSite(c cells.Cell, o Options) (*site, error) {
	s := &site{cell: c, period: cmp.Or(o.Period, c.Workload.Period), env: o.Env, tally: wire.NewTally()}
	var err error
	if s.root, err = harness.Root(); err != nil {
		return nil, err
	}
	if s.load, err = load.New(c.Load(o.Requests)); err != nil {
		return nil, err
	}
	if s.copies, err = newCopies(); err != nil {
		return nil, err
	}
	if s.database, err = wire.StartDatabase(s.tally.Arrive); err != nil {
		return nil, errors.Join(err, s.copies.remove())
	}
	if s.sinks, err = wire.StartSinks(c.Backends, s.tally.Arrive); err != nil {
		return nil, errors.Join(err, s.database.Stop(), s.copies.remove())
	}
	return s, nil
}

func (s *site) close() error {
	s.sinks.Stop()
	return errors.Join(s.database.Stop(), s.copies.remove())
}
