package otlpwire

import (
	"math/rand/v2"
	"testing"
)

// largestFuzzed bounds what is looked at: comparing the pieces takes the square of it.
const largestFuzzed = 8 << 10

// FuzzSplit: the law of tryOdd holds for any bytes, any signal, and any keys.
func FuzzSplit(f *testing.F) {
	for _, signal := range signals {
		kinds := len(allKeys(signal))
		for seed := range uint64(2 * kinds) { //nolint:gosec // a few
			g := generator{random: rand.New(rand.NewPCG(seed, 6)), sparse: seed%2 == 0, unknown: seed%3 == 0}
			f.Add(g.request(f, signal), uint8(signal), uint8(seed)) //nolint:gosec // a few
		}
		f.Add([]byte{}, uint8(signal), uint8(0))
	}
	for _, odd := range oddities {
		f.Add(odd.request, uint8(odd.signal), uint8(0))
	}
	splitters := map[Signal][]*Splitter{}
	for _, signal := range signals {
		for _, keys := range allKeys(signal) {
			splitters[signal] = append(splitters[signal], newSplitter(f, signal, keys))
		}
	}
	f.Fuzz(func(t *testing.T, request []byte, signal, kind uint8) {
		if len(request) > largestFuzzed {
			return
		}
		of := Signal(signal % 3)
		i := int(kind) % len(splitters[of])
		tryOdd(t, splitters[of][i], allKeys(of)[i], request)
	})
}
