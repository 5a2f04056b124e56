package placement

import (
	"math"
	"os"
	"testing"
)

// The full size takes a minute or two: `make spread`, which sets this variable.
const fullSpread = "OTELCOL_RIVER_SPREAD"

// TestSpread: keys are spread as evenly as pure chance would, over all draws of addresses together. A draw's measure is
// the coefficient of variation of the numbers of keys that the backends get, with the sample deviation; by chance alone
// its root mean square is the square root of backends / keys.
func TestSpread(t *testing.T) {
	const draws = 200
	sizes := []int{3, 10, 100}
	perDraw := 10_000
	if os.Getenv(fullSpread) != "" {
		perDraw = 1_000_000
	}
	for name, shape := range shapes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, n := range sizes {
				var squares float64
				for draw := range uint64(draws) {
					squares += squaredVariation(t, shape(draw, n), draw, perDraw)
				}
				rms, chance := math.Sqrt(squares/draws), math.Sqrt(float64(n)/float64(perDraw))
				t.Logf("%d backends, %d keys: %.3f %%, %.3f of chance", n, perDraw, 100*rms, rms/chance)
				if rms > 1.1*chance {
					t.Errorf("%d backends, %d keys: %.3f %%, chance has %.3f %%", n, perDraw, 100*rms, 100*chance)
				}
			}
		})
	}
}

// squaredVariation is the square of the coefficient of variation of one draw.
func squaredVariation(t *testing.T, backends []string, seed uint64, perDraw int) float64 {
	table := newTable(t, Rendezvous, backends)
	counts := make([]int, len(backends))
	for keys, i := newKeys(seed), 0; i < perDraw; i++ {
		counts[table.Place(keys.next())]++
	}
	mean := float64(perDraw) / float64(len(counts))
	var squares float64
	for _, count := range counts {
		squares += (float64(count) - mean) * (float64(count) - mean)
	}
	return squares / float64(len(counts)-1) / (mean * mean)
}
