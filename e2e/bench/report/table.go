package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/bench/floor"
	"github.com/otelcol-river/otelcol-river/e2e/bench/results"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// columns are what the table of a report has for each cell. Those of otlp_balancer have two more.
var (
	columns         = []string{"cell", "CPU a span", "peak memory", "start", "floor: decode, encode", "floor: split bytes"}
	balancerColumns = append(slices.Clip(columns), "load_balancing of ours", "over splitting bytes")
)

// row is what the table has for a cell.
func (r Report) row(c cells.Cell) []string {
	row := []string{c.Name()}
	for _, m := range []results.Measure{results.CPU, results.Memory, results.Start} {
		row = append(row, show(r.ratio(m, c, harness.River)))
	}
	for _, name := range []string{floor.Recode, floor.Split} {
		shown := "-"
		if slices.Contains(c.Floors(), name) {
			shown = show(r.ratio(results.CPU, c, name))
		}
		row = append(row, shown)
	}
	return row
}

// balancerRow is what the table has for a cell of otlp_balancer: also what ours takes with the load_balancing exporter,
// and what otlp_balancer takes over the floor that splits bytes.
func (r Report) balancerRow(c cells.Cell) []string {
	stock, over := "-", "-"
	if c.Workload.Balancer {
		stock = show(r.ratio(results.CPU, c, cells.Stock))
		if slices.Contains(c.Floors(), floor.Split) {
			over = show(r.Results[c.Name()].Ratio(results.CPU, harness.River, floor.Split))
		}
	}
	return append(r.row(c), stock, over)
}

// Print writes the results of some cells for a terminal.
func (r Report) Print(w io.Writer, some []cells.Cell) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	write := func(row []string) { fmt.Fprintln(table, strings.Join(row, "\t")) }
	fmt.Fprintf(table, "\n%s\n\n", r.machine())
	fmt.Fprintf(table, "%s over %s: median (least–most) of the rounds\n\n", harness.River, harness.Plain)
	header, row := columns, r.row
	if slices.ContainsFunc(some, func(c cells.Cell) bool { return c.Workload.Balancer }) {
		header, row = balancerColumns, r.balancerRow
	}
	write(header)
	for _, c := range some {
		write(row(c))
	}
	fmt.Fprintln(table)
	write([]string{"size", harness.River, harness.Plain, "ratio"})
	for _, row := range r.sizes() {
		write(row)
	}
	fmt.Fprintln(table)
	write([]string{"target", "at most", "measured", ""})
	for _, row := range append(r.targets(), r.compare(balancerTargets)...) {
		if row[2] != notRun {
			write(row)
		}
	}
	return table.Flush()
}

// machine names the machine and the versions in one line.
func (r Report) machine() string {
	m := r.Setting.Machine
	return fmt.Sprintf("%s, %d cores, %d GB, Linux %s; collector %s, built by %s", m.CPU, m.Cores, m.MemoryGB, m.Kernel,
		r.Setting.Ours.Collector, r.Setting.Ours.Go)
}
