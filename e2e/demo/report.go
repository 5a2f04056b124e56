package main

import (
	"strconv"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// row is one line of the report.
type row struct {
	backend
	traces int
	spans  int
	share  float64 // of all traces, 0 to 1
	split  int     // traces that other backends got, too
}

// report is what each backend got, and the sum.
type report struct {
	rows  []row
	total row
}

func newReport(backends []backend, spans harness.Delivery) report {
	owner, split := spans.Placement(harness.ByTrace)
	r := report{total: row{traces: len(owner), split: len(split)}}
	for _, b := range backends {
		line := row{backend: b}
		traces := map[string]bool{}
		for record, times := range spans[b.name] {
			line.spans += times
			traces[harness.ByTrace(record)] = true
		}
		line.traces = len(traces)
		for trace := range traces {
			if split[trace] {
				line.split++
			}
		}
		if len(owner) > 0 {
			line.share = float64(len(traces)) / float64(len(owner))
		}
		r.rows = append(r.rows, line)
		r.total.spans += line.spans
		r.total.share += line.share
	}
	return r
}

// grouped writes a number with a comma between groups of three digits.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	text := ""
	for len(digits) > 3 {
		text = "," + digits[len(digits)-3:] + text
		digits = digits[:len(digits)-3]
	}
	return digits + text
}
