package cells

import (
	"fmt"
	"slices"

	"github.com/otelcol-river/otelcol-river/e2e/bench/floor"
	"github.com/otelcol-river/otelcol-river/e2e/bench/load"
	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
)

// Cell is one measurement of the matrix.
type Cell struct {
	Workload Workload
	In, Out  string // compression of what comes in and of what goes out, as in wire
	Records  int    // spans or log records of a request
	Backends int
}

// Name is how reports, states and the command line call the cell: WORKLOAD/IN-OUT/RECORDS/BACKENDS.
func (c Cell) Name() string {
	return fmt.Sprintf("%s/%s-%s/%d/%d", c.Workload.Name, c.In, c.Out, c.Records, c.Backends)
}

// Matrix are all cells, in the order of reports.
func Matrix() (all []Cell) {
	for _, w := range Workloads() {
		all = append(all, w.Cells()...)
	}
	return all
}

// core are at most twelve cells: what the targets are about, and each workload, compression and size at least once.
var core = []string{
	"forward/none-none/500/1",
	"forward/gzip-gzip/500/1",
	"lb-traceid/none-none/500/3",
	"lb-traceid/gzip-gzip/10/3",
	"lb-traceid/gzip-gzip/500/3",
	"lb-traceid/gzip-gzip/500/100",
	"lb-traceid/gzip-gzip/5000/3",
	"lb-traceid/zstd-zstd/500/3",
	"lb-service/gzip-gzip/500/3",
	"lb-logs/gzip-gzip/500/3",
	"tail-sampling/gzip-gzip/500/1",
	"span-metrics/gzip-snappy/500/1",
}

// balancer are at most twelve cells of otlp_balancer: what its targets are about.
var balancer = []string{
	"balancer/none-none/500/3",
	"balancer/none-none/500/10",
	"balancer/none-none/500/100",
	"balancer/none-none/5000/3",
	"balancer/none-none/5000/10",
	"balancer/none-none/5000/100",
	"balancer/gzip-gzip/500/3",
	"balancer-exporter/none-none/500/3",
	"balancer-exporter/gzip-gzip/500/3",
	"balancer-logs/gzip-gzip/500/3",
}

// Core are the cells that make bench runs. The first is the one that others are compared with.
func Core() []Cell { return listed(core) }

// Balancer are the cells that make bench TARGET=balancer runs.
func Balancer() []Cell { return listed(balancer) }

func listed(names []string) (some []Cell) {
	for _, c := range Matrix() {
		if slices.Contains(names, c.Name()) {
			some = append(some, c)
		}
	}
	return some
}

// IsCore tells whether make bench runs the cell, with either target.
func (c Cell) IsCore() bool {
	return slices.Contains(core, c.Name()) || slices.Contains(balancer, c.Name())
}

// ByImportance are all cells in the order in which to run them: the core, then those that differ from what is usual in
// the fewest things.
func ByImportance() []Cell {
	all := Matrix()
	slices.SortStableFunc(all, func(a, b Cell) int { return a.rarity() - b.rarity() })
	return all
}

// rarity counts in how many things a cell differs from what is usual; it is below 0 in both cores.
func (c Cell) rarity() (n int) {
	switch {
	case slices.Contains(core, c.Name()):
		return -2
	case c.IsCore():
		return -1
	}
	for _, differs := range []bool{c.In != c.Out, c.Records != usualRecords, c.Backends > usualBackends} {
		if differs {
			n++
		}
	}
	return n
}

// The requests of a round, by their records: enough that a collector works for a second or two, on a machine of 2020.
var requests = map[int]int{10: 1200, usualRecords: 160, 5000: 24}

const (
	warmUpPart   = 6   // what warms a process up is so much less than what is measured
	manyBackends = 100 // requests are taken apart into so many that half of them do
)

// Load is what a round sends to each process. Of the requests that are measured there are some, or as many as the cell
// needs if that is 0.
func (c Cell) Load(measured int) load.Shape {
	if measured == 0 {
		measured = requests[c.Records]
		if c.Backends >= manyBackends {
			measured /= 2
		}
	}
	warmUp := measured / warmUpPart
	return load.Shape{
		Signal: c.Workload.Signal, Compression: c.In, Records: c.Records,
		WarmUp: warmUp + warmUp%2, Measured: measured, Sampled: c.Workload.Samples,
	}
}

// Floors are the programs of floor that do what the cell demands of anyone.
func (c Cell) Floors() []string {
	switch w := c.Workload; {
	case w.Samples || w.Metrics:
		return nil
	case w.ByTrace && w.Signal == wire.Traces:
		return []string{floor.Recode, floor.Split}
	default:
		return []string{floor.Recode}
	}
}

// Named are the cells with these names.
func Named(names ...string) (some []Cell, err error) {
	all := Matrix()
	for _, name := range names {
		i := slices.IndexFunc(all, func(c Cell) bool { return c.Name() == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no cell %q; one is %q", name, core[0])
		}
		some = append(some, all[i])
	}
	return some, nil
}
