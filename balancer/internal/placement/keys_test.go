package placement

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// keys are random trace IDs, the same for each seed.
type keys struct {
	source *rand.PCG
	key    [16]byte
}

func newKeys(seed uint64) *keys { return &keys{source: rand.NewPCG(seed, 0)} }

// next returns a trace ID, which is valid up to the next call.
func (k *keys) next() []byte {
	binary.LittleEndian.PutUint64(k.key[:8], k.source.Uint64())
	binary.LittleEndian.PutUint64(k.key[8:], k.source.Uint64())
	return k.key[:]
}

// The shapes that lists of backends have; each draw has other names.

func randomAddresses(draw uint64, n int) []string {
	r := rand.New(rand.NewPCG(draw, 1))
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%d.%d.%d.%d:4317", 1+r.IntN(223), r.IntN(256), r.IntN(256), 1+r.IntN(254))
	}
	return names
}

func consecutiveAddresses(draw uint64, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("10.%d.%d.%d:4317", draw/250, draw%250, 1+i)
	}
	return names
}

func consecutivePorts(draw uint64, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("192.168.%d.%d:%d", draw/250, 1+draw%250, 4317+i)
	}
	return names
}

func podHostNames(draw uint64, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("sampler-%d.sampler.team-%d.svc.cluster.local:4317", i, draw)
	}
	return names
}

// shapes are those of lists of backends, by their names.
func shapes() map[string]func(draw uint64, n int) []string {
	return map[string]func(draw uint64, n int) []string{
		"random addresses":      randomAddresses,
		"consecutive addresses": consecutiveAddresses,
		"consecutive ports":     consecutivePorts,
		"pod host names":        podHostNames,
	}
}
