package placement

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"slices"
)

// ring places a key on the backend of the next of many points, of which each backend has some, spread over the slots of
// a circle by their hashes. All hashes are CRC-32 (IEEE) modulo the number of slots.
//
// The load balancing exporter of the collector has had three of them:
//
//	RingV87   36000 slots, 100 points for a backend, numbered with one byte. A point whose slot is taken is left out.
//	          v0.87, v0.96, v0.111, v0.115 and v0.117 have the same one, hence v0.112 too.
//	RingV152  36000 slots, 100 points for a backend, numbered with four bytes. A point whose slot is taken moves on.
//	          v0.152 has it; it is of July 2025 (pull request 41271), after v0.129.
//	RingV158  131071 slots, 200 points for a backend, numbered with four bytes. A point whose slot is taken moves on;
//	          points take their slots in the order of these and of their hashes, no longer backend by backend.
//	          v0.158 has it; it is of July 2026 (pull request 49585), after v0.155.
//
// A backend that is named twice would have some points more in the latter two; here it counts once, always.
type ring struct {
	all    []int   // the numbers of the backends
	points []point // in the order of their slots
	slots  uint32
	// first has for each slot the first point that is there or behind it.
	first []int32
}

// point is where a backend stands on a ring.
type point struct {
	slot    uint32
	backend int
}

const (
	slotsV87   = 36000
	slotsV158  = 131071
	pointsEach = 100 // of each backend, up to v0.152
	eachV158   = 200
	// slotsTried is how many slots a point looks at, from its own on, before it is left out.
	slotsTried = 10
)

// pointsV87 has all the points that got a slot.
func pointsV87(backends []string) []point {
	taken := make([]bool, slotsV87)
	var points []point
	for b, backend := range backends {
		for i := range byte(pointsEach) {
			slot := crc32.ChecksumIEEE(append([]byte(backend), i)) % slotsV87
			if !taken[slot] {
				taken[slot] = true
				points = append(points, point{slot, b})
			}
		}
	}
	return points
}

func pointsV152(backends []string) []point {
	taken := make([]bool, slotsV87)
	var points []point
	for b, backend := range backends {
		for i := range uint32(pointsEach) {
			points = takeSlot(points, taken, slotsV87, pointHash(backend, i), b)
		}
	}
	return points
}

func pointsV158(backends []string) []point {
	type candidate struct {
		slot, hash uint32
		backend    int
	}
	var candidates []candidate
	for b, backend := range backends {
		for i := range uint32(eachV158) {
			hash := pointHash(backend, i)
			candidates = append(candidates, candidate{hash % slotsV158, hash, b})
		}
	}
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.slot, b.slot), cmp.Compare(a.hash, b.hash), cmp.Compare(a.backend, b.backend))
	})
	taken := make([]bool, slotsV158)
	var points []point
	for _, c := range candidates {
		points = takeSlot(points, taken, slotsV158, c.hash, c.backend)
	}
	return points
}

// pointHash is the hash of a backend's point since there are four bytes for its number.
func pointHash(backend string, number uint32) uint32 {
	return crc32.ChecksumIEEE(binary.LittleEndian.AppendUint32([]byte(backend), number))
}

// takeSlot adds the point of a hash at its slot or else the next that is free, if that is near.
func takeSlot(points []point, taken []bool, slots, hash uint32, backend int) []point {
	for i := range uint32(slotsTried) {
		slot := (hash%slots + i) % slots
		if !taken[slot] {
			taken[slot] = true
			return append(points, point{slot, backend})
		}
	}
	return points
}

// newRing makes a ring of the points of so many backends, of which no two are at one slot.
func newRing(backends int, points []point, slots uint32) ring {
	slices.SortFunc(points, func(a, b point) int { return cmp.Compare(a.slot, b.slot) })
	first := make([]int32, slots)
	var next int32
	for slot := range slots {
		for int(next) < len(points) && points[next].slot < slot {
			next++
		}
		if int(next) < len(points) {
			first[slot] = next
		}
	}
	all := make([]int, backends)
	for b := range all {
		all[b] = b
	}
	return ring{all, points, slots, first}
}

func (r ring) start(key []byte) int {
	return int(r.first[crc32.ChecksumIEEE(key)%r.slots])
}

func (r ring) place(key []byte) int { return r.points[r.start(key)].backend }

// placeAmong goes along the ring. The releases themselves have no such order; it is that in which they would move keys
// if the points of backends vanished from the ring.
func (r ring) placeAmong(key []byte, usable func(int) bool) int {
	start := r.start(key)
	if own := r.points[start].backend; usable(own) {
		return own
	}
	// A backend has many points, and few keys have to look further: ask each once whether there is any use in that.
	if !slices.ContainsFunc(r.all, usable) {
		return -1
	}
	for i := range r.points {
		if backend := r.points[(start+i)%len(r.points)].backend; usable(backend) {
			return backend
		}
	}
	return -1
}
