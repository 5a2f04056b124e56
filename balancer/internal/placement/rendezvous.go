package placement

import "github.com/cespare/xxhash/v2"

// rendezvous places a key on the backend that has the greatest weight for it. The weight of backend b for key k is
//
//	weight(b, k) = mix(XXH64(b) xor XXH64(k))
//
// where XXH64 is xxHash of 64 bits with seed 0, over the bytes of the backend's name and those of the key, and mix is
// as below. Of equal weights that of the name that comes first in the order of bytes is the greater. Balancers of
// different versions stand side by side and have to agree, so this never changes: a better function would be another
// Hashing.
type rendezvous struct {
	seeds []uint64 // the hash of each backend's name
}

func newRendezvous(backends []string) rendezvous {
	seeds := make([]uint64, len(backends))
	for i, backend := range backends {
		seeds[i] = xxhash.Sum64String(backend)
	}
	return rendezvous{seeds}
}

// mix makes each bit of its argument count in the upper bits of the result, by which weights are ordered; no two
// arguments have the same result. It is the end of MurmurHash3 with the numbers that David Stafford called Mix13
// (https://zimbry.blogspot.com/2011/09/better-bit-mixing-improving-on.html), as SplitMix64 has it, without the last
// step, which leaves the upper 31 bits as they are.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	return (x ^ x>>27) * 0x94d049bb133111eb
}

func (r rendezvous) place(key []byte) int {
	hash := xxhash.Sum64(key)
	best, greatest := 0, uint64(0)
	for i, seed := range r.seeds {
		if weight := mix(hash ^ seed); weight > greatest {
			best, greatest = i, weight
		}
	}
	return best
}

func (r rendezvous) placeAmong(key []byte, usable func(int) bool) int {
	hash := xxhash.Sum64(key)
	best, greatest := -1, uint64(0)
	for i, seed := range r.seeds {
		if weight := mix(hash ^ seed); (best < 0 || weight > greatest) && usable(i) {
			best, greatest = i, weight
		}
	}
	return best
}
