package report

import (
	"cmp"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/bench/results"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// What is measured stands in the page between these lines.
const begins, ends = "<!-- measured -->\n", "<!-- end of measured -->\n"

// Page is a page with what is measured put in place of what it had. It shows the plots of a folder beside the page.
func (r Report) Page(page, plotFolder string) (string, error) {
	head, rest, found := strings.Cut(page, begins)
	_, tail, ended := strings.Cut(rest, ends)
	if !found || !ended {
		return "", fmt.Errorf("the page has no place for what is measured, between %q and %q", begins, ends)
	}
	return head + begins + r.measured(plotFolder) + "\n" + ends + tail, nil
}

func (r Report) measured(plotFolder string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "\nMeasured on: %s. Builds, by SHA-256: %s %.12s, %s %.12s. Environment of %s: %s.\n", r.machine(),
		harness.River, r.Setting.Ours.Hash, harness.Plain, r.Setting.Plain.Hash, harness.River,
		cmp.Or(r.Setting.Env, "no settings"))
	section := func(title, about string) { fmt.Fprintf(&text, "\n%s\n\n%s\n", title, about) }
	section("## Targets", "Nothing fails when one is missed.")
	table(&text, []string{"ratio to the plain build", "at most", "measured", ""}, r.targets())

	section("## The core", core)
	var rows [][]string
	for _, c := range cells.Core() {
		rows = append(rows, r.row(c))
	}
	table(&text, columns, rows)
	for _, p := range plots {
		fmt.Fprintf(&text, "\n![%s](%s)\n", p.title, path.Join(plotFolder, p.file))
	}

	section("## otlp_balancer", balancer)
	table(&text, []string{"ratio to load_balancing of the plain build, or to splitting bytes", "at most", "measured", ""},
		r.compare(balancerTargets))
	rows = nil
	for _, c := range cells.Balancer() {
		rows = append(rows, r.balancerRow(c))
	}
	table(&text, balancerColumns, rows)

	section("## Size", "What a registry holds of a binary is its layer, compressed with gzip.")
	table(&text, []string{"size", harness.River, harness.Plain, "ratio"}, r.sizes())

	section("## What work costs", costs)
	table(&text, []string{"cell", harness.River, harness.Plain}, r.costs())

	section("## The matrix", matrix)
	for _, w := range cells.Workloads() {
		for _, m := range []results.Measure{results.CPU, results.Memory} {
			section(fmt.Sprintf("### %s: %s", w.Title, m.Name), "`"+w.Name+"`")
			r.grid(&text, w, m)
		}
	}
	return text.String()
}

const (
	core = "CPU a span or log record, peak memory and start of ours, and CPU of the floors, over those of the plain\n" +
		"build."
	balancer = "[otlp_balancer](balancer.md) of ours over the load_balancing exporter of the plain build, which both\n" +
		"hold what they accept in queues in memory. What ours takes with load_balancing stands in a column beside it."
	costs = "CPU a span or log record, over that of the plain build that passes spans on without compression, in\n" +
		"requests of 500. The cells were measured one after the other, so these ratios are less exact than the others."
	matrix = "Rows are compressions, of what comes in and of what goes out. Columns are records of a request, and\n" +
		"backends."
)

// costs are what cells cost, over the first of the core.
func (r Report) costs() (rows [][]string) {
	base := r.Results[cells.Core()[0].Name()]
	cost := func(of results.Result, process string) string {
		ratio, found := results.Cost(of, process, base, harness.Plain)
		if !found {
			return notRun
		}
		return fmt.Sprintf("%.1f", ratio)
	}
	for _, c := range cells.Core() {
		of := r.Results[c.Name()]
		rows = append(rows, []string{c.Name(), cost(of, harness.River), cost(of, harness.Plain)})
	}
	return rows
}

// grid is a table of all cells of a workload.
func (r Report) grid(text *strings.Builder, w cells.Workload, m results.Measure) {
	header := []string{"in, out"}
	for _, records := range w.Records() {
		for _, backends := range w.Backends() {
			header = append(header, strconv.Itoa(records)+", "+strconv.Itoa(backends))
		}
	}
	var rows [][]string
	all := w.Cells()
	for len(all) > 0 {
		row := []string{all[0].In + ", " + all[0].Out}
		for _, c := range all[:len(header)-1] {
			row = append(row, show(r.ratio(m, c, harness.River)))
		}
		rows = append(rows, row)
		all = all[len(header)-1:]
	}
	table(text, header, rows)
}

// table writes a table of Markdown; all columns but the first are to the right.
func table(text *strings.Builder, header []string, rows [][]string) {
	write := func(row []string) { fmt.Fprintf(text, "| %s |\n", strings.Join(row, " | ")) }
	text.WriteString("\n")
	write(header)
	write(append([]string{"---"}, strings.Split(strings.Repeat("---: ", len(header)-1), " ")[:len(header)-1]...))
	for _, row := range rows {
		write(row)
	}
}
