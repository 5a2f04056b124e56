// Package report shows results: as a table on a terminal, as a part of docs/benchmarks.md, and as plots. All figures
// but sizes are ratios.
package report

import (
	"fmt"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/bench/results"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// Report is what there is to show.
type Report struct {
	Setting results.Setting
	Results map[string]results.Result // by the names of cells; a cell that is not there has not been run
}

// notRun stands where there is no result.
const notRun = "not run"

// ratio is what a process of a cell took over what the plain collector took.
func (r Report) ratio(m results.Measure, c cells.Cell, process string) (results.Ratio, bool) {
	return r.Results[c.Name()].Ratio(m, process, harness.Plain)
}

// pooled is the ratio over the rounds of all cells of the core that have been run.
func (r Report) pooled(m results.Measure) (results.Ratio, bool) {
	var some []results.Result
	for _, c := range cells.Core() {
		some = append(some, r.Results[c.Name()])
	}
	return results.Pooled(m, harness.River, harness.Plain, some...)
}

// show writes a ratio with its spread.
func show(ratio results.Ratio, found bool) string {
	if !found {
		return notRun
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", ratio.Median, ratio.Low, ratio.High)
}

const megabyte = 1e6

// sizes compares binaries, and what they are as layers of images.
func (r Report) sizes() [][]string {
	row := func(what string, ours, plain int64) []string {
		return []string{what, fmt.Sprintf("%.1f MB", float64(ours)/megabyte), fmt.Sprintf("%.1f MB", float64(plain)/megabyte),
			fmt.Sprintf("%.2f", float64(ours)/float64(plain))}
	}
	return [][]string{
		row("binary", r.Setting.Ours.Size, r.Setting.Plain.Size),
		row("its layer in an image", r.Setting.Ours.Packed, r.Setting.Plain.Packed),
	}
}
