package placement

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// all are the ways to place keys.
func all() []Hashing { return []Hashing{Rendezvous, RingV158, RingV152, RingV112, RingV87} }

func newTable(t *testing.T, hashing Hashing, backends []string) *Table {
	t.Helper()
	table, err := New(hashing, backends)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestOrderOfBackends: neither the order in which backends are named nor how often says anything.
func TestOrderOfBackends(t *testing.T) {
	given := []string{"c:4317", "a:4317", "b:4317", "a:4317"}
	for _, hashing := range all() {
		table := newTable(t, hashing, given)
		if want := []string{"a:4317", "b:4317", "c:4317"}; !slices.Equal(table.Backends(), want) {
			t.Errorf("%v: backends are %q, not %q", hashing, table.Backends(), want)
		}
		other := newTable(t, hashing, []string{"b:4317", "c:4317", "a:4317"})
		for keys, i := newKeys(1), 0; i < 1000; i++ {
			if key := keys.next(); table.Place(key) != other.Place(key) {
				t.Fatalf("%v: key %x depends on the order of the backends", hashing, key)
			}
		}
	}
	if want := []string{"c:4317", "a:4317", "b:4317", "a:4317"}; !slices.Equal(given, want) {
		t.Errorf("the caller's list was changed to %q", given)
	}
}

// TestFewBackends: without backends there is no place; a single one has all keys, the empty one among them.
func TestFewBackends(t *testing.T) {
	always := func(int) bool { return true }
	for _, hashing := range all() {
		none, one := newTable(t, hashing, nil), newTable(t, hashing, []string{"a:4317"})
		for _, key := range []string{"", "k", "a longer key than a trace ID is"} {
			if got := none.Place([]byte(key)); got != -1 {
				t.Errorf("%v: Place is %d without backends", hashing, got)
			}
			if got := none.PlaceAmong([]byte(key), always); got != -1 {
				t.Errorf("%v: PlaceAmong is %d without backends", hashing, got)
			}
			if got := one.Place([]byte(key)); got != 0 {
				t.Errorf("%v: Place is %d with one backend", hashing, got)
			}
			if got := one.PlaceAmong([]byte(key), always); got != 0 {
				t.Errorf("%v: PlaceAmong is %d with one backend", hashing, got)
			}
		}
	}
	if _, err := New(200, nil); err == nil {
		t.Error("there is no error for a hashing that does not exist")
	}
}

// moved counts the keys of the first table that are elsewhere in the second, and fails unless each of them left or
// joined the backend named.
func moved(t *testing.T, before, after *Table, backend string) (share float64) {
	t.Helper()
	const n = 200_000
	count := 0
	for keys, i := newKeys(2), 0; i < n; i++ {
		key := keys.next()
		from, to := before.Backends()[before.Place(key)], after.Backends()[after.Place(key)]
		if from == to {
			continue
		}
		count++
		if from != backend && to != backend {
			t.Fatalf("key %x went from %s to %s, though only %s came or went", key, from, to, backend)
		}
	}
	return float64(count) / n
}

// TestJoinAndLeave: when one backend joins N, 1/(N+1) of the keys move, all to it, and when it leaves the same keys
// move back.
func TestJoinAndLeave(t *testing.T) {
	for name, shape := range shapes() {
		for _, n := range []int{1, 2, 3, 10, 100} {
			t.Run(fmt.Sprintf("%s/%d", name, n), func(t *testing.T) {
				t.Parallel()
				backends := shape(7, n+1)
				at := n / 2
				joining := backends[at]
				with := newTable(t, Rendezvous, backends)
				without := newTable(t, Rendezvous, slices.Delete(slices.Clone(backends), at, at+1))
				joined, left := moved(t, without, with, joining), moved(t, with, without, joining)
				if want := 1 / float64(n+1); joined < want-0.005 || joined > want+0.005 {
					t.Errorf("%.2f %% of the keys move, not %.2f %%", 100*joined, 100*want)
				}
				if joined != left {
					t.Errorf("%.2f %% of the keys move when it joins, %.2f %% when it leaves", 100*joined, 100*left)
				}
			})
		}
	}
}

// TestFailoverOfRendezvous: among the backends that are usable, keys are where they would be if there were no others.
func TestFailoverOfRendezvous(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for _, n := range []int{2, 3, 10, 100} {
		backends := podHostNames(3, n)
		table := newTable(t, Rendezvous, backends)
		for range 10 {
			usable := make([]bool, n)
			var left []string
			for i, backend := range table.Backends() {
				if usable[i] = r.IntN(3) > 0; usable[i] {
					left = append(left, backend)
				}
			}
			rest := newTable(t, Rendezvous, left)
			for keys, i := newKeys(r.Uint64()), 0; i < 2000; i++ {
				key := keys.next()
				got, want := table.PlaceAmong(key, func(i int) bool { return usable[i] }), rest.Place(key)
				if (got < 0) != (want < 0) || got >= 0 && table.Backends()[got] != rest.Backends()[want] {
					t.Fatalf("%d backends: key %x is at %d, but at %d of those that are left", n, key, got, want)
				}
			}
		}
	}
}

// TestFailover: with every way to place keys, a backend that is not usable gives up its keys, to several others if
// there are, and no other key moves; keys that find no usable backend have no place.
func TestFailover(t *testing.T) {
	for _, hashing := range all() {
		for _, n := range []int{2, 3, 10} {
			table := newTable(t, hashing, consecutiveAddresses(5, n))
			for down := range n {
				heirs := map[int]bool{}
				for keys, i := newKeys(5), 0; i < 2000; i++ {
					key := keys.next()
					own, got := table.Place(key), table.PlaceAmong(key, func(i int) bool { return i != down })
					switch {
					case got < 0 || got >= n || got == down:
						t.Fatalf("%v of %d: without %d key %x goes to %d", hashing, n, down, key, got)
					case own == down:
						heirs[got] = true
					case own != got:
						t.Fatalf("%v of %d: without %d key %x moves from %d to %d", hashing, n, down, key, own, got)
					}
				}
				if want := min(n-1, 2); len(heirs) < want {
					t.Errorf("%v of %d: the keys of %d all go to %v", hashing, n, down, heirs)
				}
			}
			if got := table.PlaceAmong([]byte("key"), func(int) bool { return false }); got != -1 {
				t.Errorf("%v of %d: a key goes to %d, though none is usable", hashing, n, got)
			}
			only := table.PlaceAmong([]byte("key"), func(i int) bool { return i == n-1 })
			if only != n-1 {
				t.Errorf("%v of %d: a key goes to %d, though only %d is usable", hashing, n, only, n-1)
			}
		}
	}
}

// TestNoAllocation: a key is placed for every span, so that must not make garbage.
func TestNoAllocation(t *testing.T) {
	for _, hashing := range all() {
		table := newTable(t, hashing, consecutiveAddresses(6, 10))
		keys := newKeys(6)
		allocations := testing.AllocsPerRun(1000, func() {
			table.Place(keys.next())
			table.PlaceAmong(keys.next(), func(i int) bool { return i == 3 })
		})
		if allocations != 0 {
			t.Errorf("%v: %v allocations", hashing, allocations)
		}
	}
}
