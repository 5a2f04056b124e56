package e2e

import (
	"slices"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// rate is what healthy backends got during the fault, compared with what they got before it. Both are taken relative to
// how often the sender came round to sending, since the machine may leave it more or less time for that.
func (tier *faultTier) rate(arrivals map[string][]harness.Arrival, healthy []string) float64 {
	var times []time.Time
	for _, addr := range healthy {
		for _, a := range arrivals[addr] {
			times = append(times, a.Time)
		}
	}
	per := func(from, to time.Time) float64 {
		return float64(within(times, from, to)) / float64(within(tier.sender.ticks, from, to))
	}
	if len(healthy) == 0 {
		return 0
	}
	return per(tier.struck, tier.heals) / per(tier.struck.Add(-settled), tier.struck)
}

// settled is how much of the time before a fault is looked at: not the beginning, in which connections are made.
const settled = before * 3 / 4

// within is how many of some times are between two.
func within(times []time.Time, from, to time.Time) (n int) {
	for _, at := range times {
		if !at.Before(from) && at.Before(to) {
			n++
		}
	}
	return n
}

// longestGap is the longest time between two arrivals, the first and the last among them being from and to.
func longestGap(arrived []harness.Arrival, from, to time.Time) (gap time.Duration) {
	last := from
	times := make([]time.Time, 0, len(arrived))
	for _, a := range arrived {
		times = append(times, a.Time)
	}
	slices.SortFunc(times, time.Time.Compare)
	for _, at := range times {
		if at.Before(from) || at.After(to) {
			continue
		}
		gap = max(gap, at.Sub(last))
		last = at
	}
	return max(gap, to.Sub(last))
}
