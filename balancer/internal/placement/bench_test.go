package placement

import (
	"fmt"
	"testing"
)

func BenchmarkPlace(b *testing.B) {
	for _, hashing := range []Hashing{Rendezvous, RingV158, RingV152, RingV87} {
		for _, backends := range []int{3, 10, 100} {
			b.Run(fmt.Sprintf("%v/%d", hashing, backends), func(b *testing.B) {
				table, err := New(hashing, consecutiveAddresses(0, backends))
				if err != nil {
					b.Fatal(err)
				}
				keys := newKeys(1)
				b.ReportAllocs()
				for b.Loop() {
					table.Place(keys.next())
				}
			})
		}
	}
}

func BenchmarkPlaceAmong(b *testing.B) {
	for _, hashing := range []Hashing{Rendezvous, RingV158} {
		for _, backends := range []int{3, 10, 100} {
			b.Run(fmt.Sprintf("%v/%d", hashing, backends), func(b *testing.B) {
				table, err := New(hashing, consecutiveAddresses(0, backends))
				if err != nil {
					b.Fatal(err)
				}
				keys := newKeys(1)
				b.ReportAllocs()
				for b.Loop() {
					table.PlaceAmong(keys.next(), func(i int) bool { return i != 1 })
				}
			})
		}
	}
}
