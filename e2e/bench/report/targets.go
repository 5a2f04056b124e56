package report

import (
	"fmt"
	"slices"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/bench/floor"
	"github.com/otelcol-river/otelcol-river/e2e/bench/results"
	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// target is something that the project means to reach. Nothing fails when it is missed.
type target struct {
	what string
	most float64
	cell string // empty: over the whole core
	of   results.Measure
	over string // the process that ours is compared with
}

// Those over the plain build are what plots mark.
var targets = []target{
	{"CPU a span, balance by trace, gzip on both sides", 0.70, "lb-traceid/gzip-gzip/500/3", results.CPU, harness.Plain},
	{"CPU a span, balance by trace, no compression", 0.92, "lb-traceid/none-none/500/3", results.CPU, harness.Plain},
	{"peak memory, over the core", 1.00, "", results.Memory, harness.Plain},
	{"start, over the core", 1.05, "", results.Start, harness.Plain},
}

// balancerTargets are those of otlp_balancer. It is compared with the load_balancing exporter of the plain build, or
// with the floor that splits bytes.
var balancerTargets = append([]target{
	{"CPU a span, receiver, no compression", 0.30, "balancer/none-none/500/3", results.CPU, harness.Plain},
	{"CPU a span, receiver, gzip on both sides", 0.40, "balancer/gzip-gzip/500/3", results.CPU, harness.Plain},
	{"CPU a span, exporter, no compression", 0.85, "balancer-exporter/none-none/500/3", results.CPU, harness.Plain},
	{"peak memory, receiver, no compression", 0.35, "balancer/none-none/500/3", results.Memory, harness.Plain},
	{"peak memory, receiver, gzip on both sides", 0.35, "balancer/gzip-gzip/500/3", results.Memory, harness.Plain},
}, overSplitting()...)

// overSplitting are the targets that tell how near otlp_balancer comes to what the work demands.
func overSplitting() (all []target) {
	const most = 1.3
	for _, c := range cells.Balancer() {
		if c.Workload.Name == "balancer" && c.In == wire.None {
			what := fmt.Sprintf("CPU over splitting bytes, %d spans a request, %d backends", c.Records, c.Backends)
			all = append(all, target{what, most, c.Name(), results.CPU, floor.Split})
		}
	}
	return all
}

// mostBinary is the largest binary that the project wants, in bytes.
const mostBinary = 85 * megabyte

// targets lists them: what, at most, measured, and whether that is met.
func (r Report) targets() (rows [][]string) {
	rows = r.compare(targets)
	size := float64(r.Setting.Ours.Size)
	return append(rows, []string{"binary", fmt.Sprintf("%.0f MB", mostBinary/megabyte),
		fmt.Sprintf("%.1f MB", size/megabyte), met(size, mostBinary, true)})
}

// compare lists some targets.
func (r Report) compare(some []target) (rows [][]string) {
	for _, t := range some {
		ratio, found := r.pooled(t.of)
		if t.cell != "" {
			ratio, found = r.Results[t.cell].Ratio(t.of, harness.River, t.over)
		}
		most := fmt.Sprintf("%.2f", t.most)
		rows = append(rows, []string{t.what, most, show(ratio, found), met(ratio.Median, t.most, found)})
	}
	return rows
}

func met(measured, most float64, found bool) string {
	switch {
	case !found:
		return notRun
	case measured <= most:
		return "met"
	default:
		return "missed"
	}
}

// targetOf is what a cell is meant to reach, or 0.
func targetOf(c cells.Cell, m results.Measure) float64 {
	i := slices.IndexFunc(targets, func(t target) bool { return t.cell == c.Name() && t.of.Name == m.Name })
	if i < 0 {
		return 0
	}
	return targets[i].most
}
