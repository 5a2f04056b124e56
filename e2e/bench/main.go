// Command bench measures what this distribution costs: CPU, memory, start and size, as ratios to the collector that the
// builder makes of the same components without anything of ours, measured in turn with it. Without arguments it
// measures the core of the matrix; with -report, all cells that have not been measured, and writes docs/benchmarks.md;
// with -profiles, nothing: it has our collector profiled under the loads of several cells, for the compiler.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/bench/floor"
	"github.com/otelcol-river/otelcol-river/e2e/bench/results"
	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// What a report is written to, below the repository root.
const (
	page  = "docs/benchmarks.md"
	plots = "docs/benchmarks"
)

func main() {
	served, err := floor.Serve()
	if !served {
		wire.UsePrepared()
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		err = run(ctx, os.Args[1:])
		if ctx.Err() != nil {
			err = fmt.Errorf("%w; the cells before are kept", context.Cause(ctx))
		}
		stop()
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	root, err := harness.Root()
	if err != nil {
		return err
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	names := flags.String("cell", "", "measure these cells, separated by commas, instead of the core")
	target := flags.String("target", "upstream", "measure the core of upstream, or of balancer")
	rounds := flags.Int("rounds", 0, "measure so many rounds (default: 5 in the core, 3 elsewhere)")
	state := flags.String("state", filepath.Join(root, "bin", "bench.jsonl"), "the file that keeps results")
	whole := flags.Bool("report", false, "measure the cells that the state lacks, and write "+page)
	budget := flags.Duration("budget", 24*time.Hour, "begin no cell of the report after this time; 0 writes what there is")
	settings, err := shipped(root)
	if err != nil {
		return err
	}
	env := flags.String("env", settings, "more environment of our collector, NAME=VALUE, separated by spaces")
	profiles := flags.String("profiles", "", "write CPU profiles under the loads of several cells to this folder")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *profiles != "" {
		return writeProfiles(ctx, *profiles)
	}
	setting, err := thisSetting()
	if err != nil {
		return err
	}
	setting.Env = *env
	s := session{setting: setting, state: *state, rounds: *rounds, measure: measurement(strings.Fields(*env)),
		out: os.Stdout}
	if *whole {
		return s.report(ctx, root, *budget)
	}
	some, found := map[string][]cells.Cell{"upstream": cells.Core(), "balancer": cells.Balancer()}[*target]
	if !found {
		return fmt.Errorf("-target is %q: use upstream or balancer", *target)
	}
	if *names != "" {
		if some, err = cells.Named(strings.Split(*names, ",")...); err != nil {
			return err
		}
	}
	return s.print(ctx, some)
}

// thisSetting looks at this machine and at the two collectors in bin.
func thisSetting() (results.Setting, error) {
	ours, err := harness.Binary(harness.River)
	if err != nil {
		return results.Setting{}, err
	}
	plain, err := harness.Binary(harness.Plain)
	if err != nil {
		return results.Setting{}, err
	}
	return results.NewSetting(ours, plain)
}
