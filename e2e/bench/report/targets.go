package report

import (
	"fmt"
	"slices"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/bench/results"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// target is something that the project means to reach. Nothing fails when it is missed.
type target struct {
	what string
	most float64
	cell string // empty: over the whole core
	of   results.Measure
}

var targets = []target{
	{"CPU a span, balance by trace, gzip on both sides", 0.70, "lb-traceid/gzip-gzip/500/3", results.CPU},
	{"CPU a span, balance by trace, no compression", 0.92, "lb-traceid/none-none/500/3", results.CPU},
	{"peak memory, over the core", 1.00, "", results.Memory},
	{"start, over the core", 1.05, "", results.Start},
}

// mostBinary is the largest binary that the project wants, in bytes.
const mostBinary = 85 * megabyte

// targets lists them: what, at most, measured, and whether that is met.
func (r Report) targets() (rows [][]string) {
	for _, t := range targets {
		ratio, found := r.pooled(t.of)
		if t.cell != "" {
			ratio, found = r.Results[t.cell].Ratio(t.of, harness.River, harness.Plain)
		}
		most := fmt.Sprintf("%.2f", t.most)
		rows = append(rows, []string{t.what, most, show(ratio, found), met(ratio.Median, t.most, found)})
	}
	size := float64(r.Setting.Ours.Size)
	return append(rows, []string{"binary", fmt.Sprintf("%.0f MB", mostBinary/megabyte),
		fmt.Sprintf("%.1f MB", size/megabyte), met(size, mostBinary, true)})
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
