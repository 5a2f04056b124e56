// Package results keeps what was measured, and makes ratios of it: what one process took, over what another took for
// the same in the same round.
package results

import (
	"slices"
	"time"
)

// Usage is what one process took in one round.
type Usage struct {
	CPU   time.Duration `json:"cpu_ns"`     // of the requests that are measured
	Peak  int           `json:"peak_bytes"` // of memory, since the start
	Start time.Duration `json:"start_ns"`   // until the first request was acknowledged
}

// Round is one round, by the names of the processes.
type Round map[string]Usage

// Result is what was measured of a cell.
type Result struct {
	Cell    string  `json:"cell"`
	Setting Setting `json:"setting"`
	Records int     `json:"records"` // that each process got in each round, while it was measured
	Rounds  []Round `json:"rounds"`
}

// Measure is one of the things that are measured.
type Measure struct {
	Name string
	of   func(Usage) float64
}

// Measures are all of them, in the order of reports.
var (
	CPU    = Measure{"CPU", func(u Usage) float64 { return float64(u.CPU) }}
	Memory = Measure{"peak memory", func(u Usage) float64 { return float64(u.Peak) }}
	Start  = Measure{"start", func(u Usage) float64 { return float64(u.Start) }}
)

// Ratio is a ratio in the middle of several rounds, and what it was at least and at most.
type Ratio struct {
	Median, Low, High float64
}

// Ratio compares two processes of a cell; it is false if one of them took no part.
func (r Result) Ratio(m Measure, process, base string) (Ratio, bool) {
	return Pooled(m, process, base, r)
}

// Pooled is the ratio over the rounds of several cells.
func Pooled(m Measure, process, base string, some ...Result) (Ratio, bool) {
	var ratios []float64
	for _, r := range some {
		for _, round := range r.Rounds {
			of, found := round[process]
			to, both := round[base]
			if found && both && m.of(to) > 0 {
				ratios = append(ratios, m.of(of)/m.of(to))
			}
		}
	}
	if len(ratios) == 0 {
		return Ratio{}, false
	}
	return Ratio{median(ratios), slices.Min(ratios), slices.Max(ratios)}, true
}

// Cost compares processes of different cells, by what each took for a record in the middle of its rounds. The cells
// were not measured side by side, so it is less exact than a Ratio.
func Cost(of Result, process string, to Result, base string) (float64, bool) {
	one, found := of.cpuPerRecord(process)
	other, both := to.cpuPerRecord(base)
	if !found || !both || other == 0 {
		return 0, false
	}
	return one / other, true
}

func (r Result) cpuPerRecord(process string) (float64, bool) {
	var times []float64
	for _, round := range r.Rounds {
		if u, found := round[process]; found {
			times = append(times, float64(u.CPU)/float64(r.Records))
		}
	}
	if len(times) == 0 {
		return 0, false
	}
	return median(times), true
}

// median is the one in the middle, or between the two there.
func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
