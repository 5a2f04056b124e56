package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/bench/floor"
	"github.com/otelcol-river/otelcol-river/e2e/bench/results"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// plot shows, for cells of the core, the ratios of some processes with their spread.
type plot struct {
	file, title string
	measure     results.Measure
	series      []series
	floors      bool // only cells that have some
}

// series is a process, and how a legend calls it.
type series struct{ process, name string }

var ours = series{harness.River, "this distribution"}

var plots = []plot{
	{"cpu.svg", "CPU a span, over that of the plain build", results.CPU, []series{ours}, false},
	{"memory.svg", "Peak memory, over that of the plain build", results.Memory, []series{ours}, false},
	{"floors.svg", "CPU a span and its floors, over that of the plain build", results.CPU,
		[]series{ours, {floor.Recode, "decode and encode only"}, {floor.Split, "split bytes only"}}, true},
}

// Plots are all plots as SVG, by the names of their files.
func (r Report) Plots() map[string][]byte {
	drawn := map[string][]byte{}
	for _, p := range plots {
		drawn[p.file] = r.draw(p)
	}
	return drawn
}

// bar is one line of a plot: the ratio of a process in a cell.
type bar struct {
	cell   string // empty on all lines of a cell but the first
	series int
	target float64 // 0: none
	ratio  results.Ratio
}

// bars are the lines of a plot. A cell that has not been run has one without a ratio.
func (r Report) bars(p plot) (all []bar) {
	for _, c := range cells.Core() {
		if p.floors && len(c.Floors()) == 0 {
			continue
		}
		first := len(all)
		for i, s := range p.series {
			if ratio, found := r.ratio(p.measure, c, s.process); found {
				all = append(all, bar{series: i, ratio: ratio})
			}
		}
		if len(all) == first {
			all = append(all, bar{})
		}
		all[first].cell, all[first].target = c.Name(), targetOf(c, p.measure)
	}
	return all
}

// Places in a plot, in pixels: the scale runs from left to right, lines go down from top.
const (
	width, left, right = 860, 260, 680
	top, step, foot    = 84, 26, 36
	legend, entry      = 110, 185 // where it begins, and for each of its entries
	// A scale ends at a multiple of tick.
	tick = 0.2
)

// sheet is a plot that is being drawn.
type sheet struct {
	*canvas
	bars []bar
	most float64 // where the scale ends
}

// draw draws a plot.
func (r Report) draw(p plot) []byte {
	s := sheet{bars: r.bars(p), most: 1 + tick}
	for _, b := range s.bars {
		s.most = max(s.most, b.ratio.High)
	}
	s.most = math.Ceil(s.most/tick-1e-9) * tick
	s.canvas = newCanvas(width, s.y(len(s.bars))+foot, p.title)
	s.text(16, 28, "title", p.title)
	s.legend(p.series)
	s.scale()
	for i, b := range s.bars {
		s.bar(b, s.y(i)+step/2)
	}
	return s.finish()
}

// x is where a ratio is, and y where a line begins.
func (s sheet) x(ratio float64) float64 { return left + ratio/s.most*(right-left) }
func (s sheet) y(line int) float64      { return float64(top + step*line) }

func (s sheet) legend(all []series) {
	const y = 50
	for i, one := range all {
		at := float64(legend + i*entry)
		s.dot(at, y, i)
		s.text(at+12, y+4, "", one.name)
	}
	if slices.ContainsFunc(s.bars, func(b bar) bool { return b.target > 0 }) {
		at := float64(legend + len(all)*entry)
		s.line(at, y-7, at, y+7, "target")
		s.text(at+12, y+4, "", "target")
	}
}

func (s sheet) scale() {
	bottom := s.y(len(s.bars))
	for i := range int(math.Round(s.most/tick)) + 1 {
		ratio, class := float64(i)*tick, "grid"
		if i == int(math.Round(1/tick)) {
			class = "one"
		}
		s.line(s.x(ratio), top-8, s.x(ratio), bottom, class)
		s.text(s.x(ratio), bottom+18, "middle", fmt.Sprintf("%.1f", ratio))
	}
}

// bar draws a line at a height.
func (s sheet) bar(b bar, y float64) {
	s.text(left-16, y+4, "end", b.cell)
	if b.target > 0 {
		s.line(s.x(b.target), y-step/2, s.x(b.target), y+step/2, "target")
	}
	run := b.ratio.Median > 0
	s.text(right+16, y+4, "", show(b.ratio, run))
	if run {
		s.line(s.x(b.ratio.Low), y, s.x(b.ratio.High), y, fmt.Sprintf("spread s%d", b.series))
		s.dot(s.x(b.ratio.Median), y, b.series)
	}
}
