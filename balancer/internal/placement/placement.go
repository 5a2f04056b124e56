// Package placement turns a routing key into the backend that it belongs to. By default that is rendezvous hashing,
// which spreads evenly, moves as little as possible and names the next backend for each key; or it is the hash ring of
// an old release of the collector's load balancing exporter, so that both agree key by key.
package placement

import (
	"fmt"
	"slices"
)

// Hashing is a way to place keys.
type Hashing uint8

// The ways to place keys. Rendezvous is ours; the rings are those of releases of the collector, of which ring.go tells.
// RingV112 and RingV87 are the same ring: only the keys of some metrics differ between these releases.
const (
	Rendezvous Hashing = iota
	RingV158
	RingV152
	RingV112
	RingV87
)

// String is how messages call it.
func (h Hashing) String() string {
	switch h {
	case Rendezvous:
		return "rendezvous"
	case RingV158:
		return "ring of v0.158"
	case RingV152:
		return "ring of v0.152"
	case RingV112:
		return "ring of v0.112"
	case RingV87:
		return "ring of v0.87"
	default:
		return fmt.Sprintf("Hashing(%d)", uint8(h))
	}
}

// placer is one of the ways, for one list of backends that is not empty.
type placer interface {
	place(key []byte) int
	placeAmong(key []byte, usable func(int) bool) int
}

// Table places keys on one list of backends. It never changes, and is safe for concurrent use.
type Table struct {
	backends []string
	placer   placer
}

// New makes the table of backends, in whatever order and however often they are named. What a backend is called decides
// what it gets: with a ring that is its name in the configuration or as resolved, with a port only if it has one there.
func New(hashing Hashing, backends []string) (*Table, error) {
	sorted := slices.Clone(backends)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	t := &Table{backends: sorted}
	switch hashing {
	case Rendezvous:
		t.placer = newRendezvous(sorted)
	case RingV158:
		t.placer = newRing(len(sorted), pointsV158(sorted), slotsV158)
	case RingV152:
		t.placer = newRing(len(sorted), pointsV152(sorted), slotsV87)
	case RingV112, RingV87:
		t.placer = newRing(len(sorted), pointsV87(sorted), slotsV87)
	default:
		return nil, fmt.Errorf("there is no %v", hashing)
	}
	return t, nil
}

// Backends is the list, sorted and without duplicates. It belongs to the table.
func (t *Table) Backends() []string { return t.backends }

// Place returns the number in Backends of the backend that a key belongs to; -1 if there are no backends.
func (t *Table) Place(key []byte) int {
	if len(t.backends) == 0 {
		return -1
	}
	return t.placer.place(key)
}

// PlaceAmong returns the number of the first usable backend in the key's order of preference, which begins with that of
// Place and is the same for all tables of the same backends; -1 if none is usable.
func (t *Table) PlaceAmong(key []byte, usable func(int) bool) int {
	if len(t.backends) == 0 {
		return -1
	}
	return t.placer.placeAmong(key, usable)
}
