package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/bench/measure"
	"github.com/otelcol-river/otelcol-river/e2e/bench/report"
	"github.com/otelcol-river/otelcol-river/e2e/bench/results"
)

// session measures cells one after the other, and keeps each result as soon as there is one.
type session struct {
	setting results.Setting
	state   string
	rounds  int // 0: as many as the cell deserves
	measure func(ctx context.Context, c cells.Cell, rounds int) (results.Result, error)
	out     io.Writer
}

const (
	coreRounds  = 5
	otherRounds = 3
)

// measurement measures cells, with more environment of our collector.
func measurement(env []string) func(ctx context.Context, c cells.Cell, rounds int) (results.Result, error) {
	return func(ctx context.Context, c cells.Cell, rounds int) (results.Result, error) {
		return measure.Cell(ctx, c, measure.Options{Rounds: rounds, Env: env})
	}
}

// print measures cells, whether or not they have been before, and prints their results.
func (s session) print(ctx context.Context, some []cells.Cell) error {
	measured := map[string]results.Result{}
	for i, c := range some {
		r, err := s.one(ctx, c, fmt.Sprintf("%d of %d", i+1, len(some)))
		if err != nil {
			return err
		}
		measured[c.Name()] = r
	}
	return report.Report{Setting: s.setting, Results: measured}.Print(s.out, some)
}

// report measures the cells that the state lacks, the most important first, until the budget is used up, and writes the
// page and its plots. A cell that fails stays one that has not been run.
func (s session) report(ctx context.Context, root string, budget time.Duration) error {
	known, err := results.Read(s.state, s.setting)
	if err != nil {
		return err
	}
	began := time.Now()
	all := cells.ByImportance()
	var failed []error
	for i, c := range all {
		if _, measured := known[c.Name()]; measured || time.Since(began) >= budget || ctx.Err() != nil {
			continue
		}
		r, err := s.one(ctx, c, fmt.Sprintf("%d of %d", i+1, len(all)))
		if err != nil {
			failed = append(failed, err)
			continue
		}
		known[c.Name()] = r
	}
	fmt.Fprintf(s.out, "%d of %d cells have been measured: writing %s\n", len(known), len(all), page)
	return errors.Join(append(failed, write(root, report.Report{Setting: s.setting, Results: known}))...)
}

// one measures a cell and keeps its result.
func (s session) one(ctx context.Context, c cells.Cell, place string) (results.Result, error) {
	rounds := s.rounds
	switch {
	case rounds > 0:
	case c.IsCore():
		rounds = coreRounds
	default:
		rounds = otherRounds
	}
	fmt.Fprintf(s.out, "%s: %s, %d rounds\n", place, c.Name(), rounds)
	r, err := s.measure(ctx, c, rounds)
	if err != nil {
		return r, err
	}
	r.Setting = s.setting
	return r, results.Append(s.state, r)
}

// write writes the page and its plots.
func write(root string, r report.Report) error {
	path := filepath.Join(root, page)
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err := r.Page(string(old), filepath.Base(plots))
	if err != nil {
		return err
	}
	for name, plot := range r.Plots() {
		if err := os.WriteFile(filepath.Join(root, plots, name), plot, 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(path, []byte(text), 0o600)
}
