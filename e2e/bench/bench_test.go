package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/bench/floor"
	"github.com/otelcol-river/otelcol-river/e2e/bench/measure"
	"github.com/otelcol-river/otelcol-river/e2e/bench/results"
	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// commandVar has this program be the command, with these arguments, separated by spaces.
const commandVar = "OTELCOL_RIVER_BENCH_COMMAND"

// TestMain is a floor when it is started as one, and the command when a test wants it.
func TestMain(m *testing.M) {
	if args, asked := os.LookupEnv(commandVar); asked {
		os.Args = append(os.Args[:1], strings.Fields(args)...)
		main()
		return
	}
	if served, err := floor.Serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	} else if served {
		return
	}
	wire.UsePrepared()
	os.Exit(m.Run())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestHarness runs a small cell of each workload from end to end. That every record arrives is checked by the
// measurement itself; nothing is said about how much it takes.
func TestHarness(t *testing.T) {
	for _, name := range []string{
		"forward/none-zstd/10/1",
		"lb-traceid/gzip-gzip/500/3",
		"lb-service/snappy-none/10/3",
		"lb-logs/zstd-snappy/10/10",
		"tail-sampling/gzip-none/10/1",
		"span-metrics/none-snappy/10/1",
		"balancer/gzip-gzip/10/10",
		"balancer-exporter/none-none/500/3",
		"balancer-logs/zstd-zstd/10/3",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			some, err := cells.Named(name)
			must(t, err)
			const requests, rounds = 20, 2
			r, err := measure.Cell(t.Context(), some[0], measure.Options{
				Rounds: rounds, Requests: requests, Period: time.Second,
			})
			must(t, err)
			if r.Cell != name || r.Records != requests*some[0].Records || len(r.Rounds) != rounds {
				t.Errorf("%d rounds of %d records of %q were measured", len(r.Rounds), r.Records, r.Cell)
			}
			want := append([]string{harness.River, harness.Plain}, some[0].Floors()...)
			if some[0].Workload.Balancer {
				want = append(want, cells.Stock)
			}
			slices.Sort(want)
			for _, round := range r.Rounds {
				var took []string
				for process, u := range round {
					took = append(took, process)
					if u.CPU <= 0 || u.Peak <= 1<<20 || u.Start <= 0 {
						t.Errorf("%s took %+v", process, u)
					}
				}
				slices.Sort(took)
				if !slices.Equal(took, want) {
					t.Errorf("%v took part, want %v", took, want)
				}
			}
		})
	}
}

// TestResume: a report measures the cells that the state lacks, the important ones first, as long as there is time, and
// goes on there; one that fails is measured the next time.
func TestResume(t *testing.T) {
	root := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(root, plots), 0o700))
	must(t, os.WriteFile(filepath.Join(root, page), []byte("<!-- measured -->\n<!-- end of measured -->\n"), 0o600))

	order := cells.ByImportance()
	var measured []string
	ctx, cancel := context.WithCancel(t.Context())
	errBroken := errors.New("broken")
	s := session{state: filepath.Join(root, "state"), out: &bytes.Buffer{}, setting: results.Setting{Method: 1}}
	s.measure = func(_ context.Context, c cells.Cell, rounds int) (results.Result, error) {
		measured = append(measured, c.Name())
		switch len(measured) {
		case 2:
			return results.Result{}, errBroken
		case 4:
			cancel()
		}
		if want := map[bool]int{true: coreRounds, false: otherRounds}[c.IsCore()]; rounds != want {
			t.Errorf("%s is measured in %d rounds, want %d", c.Name(), rounds, want)
		}
		return results.Result{Cell: c.Name(), Records: 1, Rounds: []results.Round{{
			harness.River: {CPU: 3}, harness.Plain: {CPU: 2},
		}}}, nil
	}
	names := func(some []cells.Cell) (all []string) {
		for _, c := range some {
			all = append(all, c.Name())
		}
		return all
	}

	if err := s.report(ctx, root, time.Hour); !errors.Is(err, errBroken) {
		t.Errorf("a cell is broken, and the report says %v", err)
	}
	if diff := cmp.Diff(names(order[:4]), measured); diff != "" {
		t.Errorf("before it was interrupted, it measured (-want +got):\n%s", diff)
	}
	written, err := os.ReadFile(filepath.Join(root, page))
	must(t, err)
	if n := strings.Count(string(written), "1.50 (1.50–1.50)"); n == 0 || !strings.Contains(string(written), "not run") {
		t.Errorf("the page has %d ratios of those measured:\n%s", n, written)
	}

	must(t, s.report(t.Context(), root, 0))
	if len(measured) != 4 {
		t.Error("it measures without time")
	}
	must(t, s.report(t.Context(), root, time.Hour))
	want := names(slices.Concat(order[:4], order[1:2], order[4:]))
	if diff := cmp.Diff(want, measured); diff != "" {
		t.Errorf("in the end it measured (-want +got):\n%s", diff)
	}

	measured = measured[:4]
	s.setting.Ours.Hash = "another"
	must(t, s.report(t.Context(), root, time.Hour))
	if got := len(measured) - 4; got != len(order) {
		t.Errorf("with another build it measured %d cells, want all %d", got, len(order))
	}
}

// TestInterrupt: the command ends its processes when it is interrupted.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	command, err := harness.StartCopy("the command",
		commandVar+"=-cell lb-traceid/none-none/500/3 -rounds 1000 -state "+filepath.Join(t.TempDir(), "state"))
	must(t, err)
	t.Cleanup(func() { must(t, command.Kill()) })
	var started []int
	must(t, harness.Until(t.Context(), "the command to start processes", func() (bool, string) {
		started = children(t, command.PID())
		return len(started) >= 4, fmt.Sprintf("%v; it says %s", started, command.Log())
	}))
	must(t, command.Signal(os.Interrupt))
	code, err := command.Wait(t.Context())
	must(t, err)
	if code != 1 || !strings.Contains(command.Log(), "interrupt signal received; the cells") {
		t.Errorf("the command ended with %d and said\n%s", code, command.Log())
	}
	for _, pid := range started {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d was left behind: %v", pid, err)
		}
	}
}

// children are the processes that a process has started and that still run.
func children(t *testing.T, parent int) (all []int) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	must(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it ended since Glob saw it
		}
		// "pid (name) state parent ...", where the name may hold anything
		var state string
		var pid, of int
		_, behind, _ := strings.Cut(string(text), ") ")
		if _, err := fmt.Sscan(behind, &state, &of); err != nil || of != parent {
			continue
		}
		_, err = fmt.Sscan(string(text), &pid)
		must(t, err)
		all = append(all, pid)
	}
	return all
}

// TestBenchmarksPage: the page has a row for each cell of the core and its plots, as the program writes them.
func TestBenchmarksPage(t *testing.T) {
	root, err := harness.Root()
	must(t, err)
	text, err := os.ReadFile(filepath.Join(root, page))
	must(t, err)
	for _, c := range cells.Core() {
		if !strings.Contains(string(text), "| "+c.Name()+" |") {
			t.Errorf("%s has no row for %s: run make bench-report", page, c.Name())
		}
	}
	for _, plot := range []string{"cpu.svg", "memory.svg", "floors.svg"} {
		if _, err := os.Stat(filepath.Join(root, plots, plot)); err != nil {
			t.Error(err)
		}
		if !strings.Contains(string(text), filepath.Base(plots)+"/"+plot) {
			t.Errorf("%s does not show %s: run make bench-report", page, plot)
		}
	}
}
