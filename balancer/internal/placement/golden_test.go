package placement

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/google/go-cmp/cmp"
)

// The values below were computed apart from this package, from what the comment on rendezvous says. They hold for ever:
// balancers of two versions stand side by side while one replaces the other.

func TestGoldenWeights(t *testing.T) {
	ip, other, pod := "10.0.0.1:4317", "10.0.0.2:4317", "sampler-0.sampler.team.svc.cluster.local:4317"
	traceID := "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
	long := "a key that is longer than the thirty-two bytes of a round"
	for _, golden := range []struct {
		backend, key string
		weight       uint64
	}{
		{ip, "", 0xbd88b6d3b82cdfcd},
		{ip, traceID, 0xf11c9077e7fd0a4c},
		{ip, "checkout", 0xb7c7313386f49145},
		{ip, long, 0x0ff13a12ff4a106f},
		{other, "", 0x21667fc583ab1f5c},
		{other, traceID, 0x2c43a4c17136fc2e},
		{other, "checkout", 0xc1dad766ef2d26d0},
		{other, long, 0x81c5f08a9f9ccb81},
		{pod, "", 0x7eea7153c4244e09},
		{pod, traceID, 0xb3ba3eabab86d4b5},
		{pod, "checkout", 0x7ab69023b8803539},
		{pod, long, 0x0e43a885acde0457},
	} {
		seed := newRendezvous([]string{golden.backend}).seeds[0]
		if got := mix(xxhash.Sum64String(golden.key) ^ seed); got != golden.weight {
			t.Errorf("the weight of %q for %q is %#016x, not %#016x", golden.backend, golden.key, got, golden.weight)
		}
	}
}

// TestGoldenPlaces: where 64 services are among ten backends, each digit one less than the end of an address; and the
// order of preference of one.
func TestGoldenPlaces(t *testing.T) {
	var backends []string
	for i := range 10 {
		backends = append(backends, fmt.Sprintf("10.0.0.%d:4317", 1+i))
	}
	table := newTable(t, Rendezvous, backends)
	var places strings.Builder
	for i := range 64 {
		backend := table.Backends()[table.Place(fmt.Appendf(nil, "service-%d", i))]
		fmt.Fprint(&places, slices.Index(backends, backend))
	}
	want := "6524379890126535810130347393842475005643555148939809649182845291"
	if diff := cmp.Diff(want, places.String()); diff != "" {
		t.Error("the services have moved (- want, + got):\n" + diff)
	}

	used := make([]bool, len(backends))
	var order []string
	for range backends {
		next := table.PlaceAmong([]byte("checkout"), func(i int) bool { return !used[i] })
		used[next] = true
		order = append(order, strings.TrimSuffix(table.Backends()[next], ":4317"))
	}
	preferred := []string{"10.0.0.7", "10.0.0.2", "10.0.0.4", "10.0.0.1", "10.0.0.10", "10.0.0.9", "10.0.0.8", "10.0.0.3",
		"10.0.0.5", "10.0.0.6"}
	if diff := cmp.Diff(preferred, order); diff != "" {
		t.Error("the order of preference has changed (- want, + got):\n" + diff)
	}
}
