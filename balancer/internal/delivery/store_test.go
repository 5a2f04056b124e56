package delivery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"google.golang.org/grpc/codes"
)

// What is left at the end is stored, and sent after the next start. A stop does not wait for backends that do not
// answer.
func TestStopStores(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, net := newFakeStorage(), &network{}
		s := start(t, testConfig(), net, disk, abc...)
		net.at("b").do(dead)
		all := upTo(1, 3000)
		for first := uint64(1); first < 3000; first += 100 {
			s.take(upTo(first, first+99)...)
		}
		pass(time.Second)
		begun := time.Now()
		s.stop()
		if took := time.Since(begun); took > time.Second {
			t.Errorf("it took %s", took)
		}
		own := belongs("b", abc, all)
		m := s.checkBooks(0)
		if m["dropped"] != 0 || m["queue_records"] != len(own) || len(disk.stored(t)) != len(own) {
			t.Errorf("%d are stored: %v", len(disk.stored(t)), m)
		}

		net.at("b").do(nil)
		disk = disk.crash()
		s = start(t, testConfig(), net, disk)
		if m := s.metrics(); m["queue_records"] != len(own) {
			t.Error("after the start:", m)
		}
		s.setBackends(abc...)
		pass(time.Second)
		once(t, net.got(), all...)
		s.checkBooks(len(own))
		if left := disk.stored(t); len(left) > 0 {
			t.Error(left)
		}
		s.stop()
	})
}

// What is stored keeps the time at which it was accepted.
func TestStoredAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, net := newFakeStorage(), &network{}
		c := testConfig()
		c.RetryOnFailure.MaxElapsedTime = time.Minute
		net.at("a").do(dead)
		s := start(t, c, net, disk, "a")
		s.take(upTo(1, 100)...)
		pass(40 * time.Second)
		s.stop()
		s = start(t, c, net, disk.crash(), "a")
		pass(10 * time.Second)
		if m := s.metrics(); m["failed"] != 0 {
			t.Error(m)
		}
		pass(15 * time.Second)
		if m := s.checkBooks(100); m["failed a UNAVAILABLE"] != 100 {
			t.Error(m)
		}
		s.stop()
	})
}

// After a crash, only what was answered and not yet recorded is sent again; nothing is lost.
func TestCrash(t *testing.T) {
	for _, wait := range []time.Duration{0, 6 * time.Millisecond, 50 * time.Millisecond, 300 * time.Millisecond} {
		t.Run(wait.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				disk, net := newFakeStorage(), &network{}
				net.at("b").do(dead)
				s := start(t, testConfig(), net, disk, abc...)
				s.take(upTo(1, 300)...)
				pass(200 * time.Millisecond)
				s.take(upTo(301, 600)...)
				pass(wait)
				before := net.got()
				recorded := disk.stored(t)
				found := disk.crash()
				s.stop()
				once := map[uint64]int{} // what the first run answers after the crash does not count
				for id := range before {
					once[id] = 1
				}

				net = &network{}
				s = start(t, testConfig(), net, found, abc...)
				pass(time.Second)
				for id, times := range net.got() {
					once[id] += times
				}
				repeated := 0
				for id := uint64(1); id <= 600; id++ {
					switch {
					case once[id] == 2 && id > 300 && recorded[id] == 1: // within the last moment
						repeated++
					case once[id] != 1:
						t.Errorf("record %d was taken %d times", id, once[id])
					}
				}
				if wait > deleteDelay && repeated > 0 {
					t.Errorf("%d are repeated", repeated)
				}
				s.stop()
			})
		})
	}
}

// instant is what there is when a batch is about to be written.
type instant struct {
	disk            *fakeStorage
	taken, answered map[uint64]int
}

// After a crash before any batch, while requests come and shares are split again, nothing that was accepted is lost,
// and nothing is sent twice but what was answered and still stored.
func TestCrashAtAnyBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, net := newFakeStorage(), &network{}
		taken := map[uint64]int{}
		var instants []instant
		disk.fail = func(int, []*storage.Operation) error {
			instants = append(instants, instant{&fakeStorage{data: maps.Clone(disk.data)}, maps.Clone(taken), net.got()})
			return nil
		}
		net.at("b").do(dead)
		s := start(t, testConfig(), net, disk, abc...)
		for first := uint64(1); first < 2000; first += 100 {
			s.take(upTo(first, first+99)...)
			disk.mu.Lock()
			for _, id := range upTo(first, first+99) {
				taken[id] = 1
			}
			disk.mu.Unlock()
			pass(30 * time.Millisecond)
		}
		s.setBackends("a", "b", "c", "d")
		pass(20 * time.Second)
		net.at("b").do(nil)
		s.setBackends("a", "b", "d")
		pass(20 * time.Second)
		s.stop()
		once(t, net.got(), upTo(1, 2000)...)
		if len(instants) < 30 {
			t.Errorf("only %d batches", len(instants))
		}
		for i, then := range instants {
			restart(t, i, then)
		}
	})
}

func restart(t *testing.T, i int, then instant) {
	t.Helper()
	stored := then.disk.stored(t)
	net := &network{}
	s := start(t, testConfig(), net, then.disk, abc...)
	pass(time.Second)
	got := net.got()
	for id := range then.taken {
		if got[id]+then.answered[id] == 0 {
			t.Errorf("before batch %d: record %d is lost", i, id)
		}
	}
	for id, times := range got {
		if times != stored[id] || times > 1 {
			t.Errorf("before batch %d: record %d was stored %d times, and sent %d times", i, id, stored[id], times)
		}
	}
	s.stop()
}

// Whatever the storage refuses, no record is lost, nothing is repeated without a crash, and nothing stays on it.
func TestStorageFails(t *testing.T) {
	const last = 60
	for call := 1; call < last; call++ {
		for _, kind := range []error{storage.ErrStorageFull, errors.New("broken")} {
			t.Run(fmt.Sprintf("%s at %d", kind, call), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					storageFails(t, func(n int, _ []*storage.Operation) error {
						if n == call || n == call+1 {
							return kind
						}
						return nil
					})
				})
			})
		}
	}
	t.Run("all writes for a while", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			storageFails(t, func(n int, ops []*storage.Operation) error {
				if n > 3 && n < 40 && ops[0].Type == storage.Set {
					return storage.ErrStorageFull
				}
				return nil
			})
		})
	})
}

func storageFails(t *testing.T, fail func(int, []*storage.Operation) error) {
	t.Helper()
	disk, net := newFakeStorage(), &network{}
	disk.fail = fail
	net.at("b").do(dead)
	s := build(t, testConfig(), net)
	if err := s.Start(t.Context(), disk); err != nil {
		s.stop() // as the collector does
		return
	}
	s.setBackends(abc...)
	var taken []uint64
	for first := uint64(1); first < 1200; first += 100 {
		records := upTo(first, first+99)
		f := classify(s.Take(t.Context(), request(records...)))
		switch {
		case f.code == codes.OK:
			taken = append(taken, records...)
		case !f.retryable || f.delay == 0:
			t.Errorf("%v", f.err)
		}
		pass(60 * time.Millisecond)
	}
	pass(2 * time.Second)
	s.setBackends("a", "b", "c", "d")
	pass(20 * time.Second)
	s.setBackends("a", "b", "d")
	net.at("b").do(nil)
	pass(20 * time.Second)
	once(t, net.got(), taken...)
	if m := s.checkBooks(0); m["queue_records"] != 0 || m["refused"]+m["accepted"] != 1200 {
		t.Error(m)
	}
	if left := disk.stored(t); len(left) > 0 {
		t.Errorf("%d records are stored still", len(left))
	}
	s.stop()
}

// Damaged items are lost and counted; the rest is sent, and nothing stays.
func TestDamagedItems(t *testing.T) {
	damage := map[string]func(value []byte) []byte{
		"empty":         func([]byte) []byte { return []byte{} },
		"cut":           func(v []byte) []byte { return v[:10] },
		"other version": func(v []byte) []byte { v[0]++; return v },
		"header":        func(v []byte) []byte { v[recordCount]++; return v },
		"body":          func(v []byte) []byte { v[len(v)-1]++; return v },
	}
	for name, spoil := range damage {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				disk, net := newFakeStorage(), &network{}
				net.at("a").do(dead)
				s := start(t, testConfig(), net, disk, "a")
				for first := uint64(1); first < 100; first += 10 {
					s.take(upTo(first, first+9)...)
				}
				s.stop()
				disk = disk.crash()
				key := "traces/0000000000000102"
				if disk.data[key] == nil {
					t.Fatal(disk.data)
				}
				disk.data[key] = spoil(disk.data[key])
				net.at("a").do(nil)
				s = start(t, testConfig(), net, disk, "a")
				pass(time.Second)
				once(t, net.got(), append(upTo(1, 20), upTo(31, 100)...)...)
				want := 1 // at least
				if name == "body" {
					want = 10
				}
				if m := s.metrics(); m["dropped"] != want || m["sent"] != 90 {
					t.Error(m)
				}
				if left := disk.stored(t); len(left) > 0 {
					t.Error(left)
				}
				s.stop()
			})
		})
	}
}

// An index that cannot be read is made again from what there is, if the storage says what it has.
func TestDamagedIndex(t *testing.T) {
	for _, walks := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			disk, net := newFakeStorage(), &network{}
			net.at("a").do(dead)
			s := start(t, testConfig(), net, disk, "a")
			for first := uint64(1); first < 5000; first += 10 {
				s.take(upTo(first, first+9)...)
			}
			s.stop()
			net.at("a").do(nil)
			disk = disk.crash()
			disk.data["traces/index"][indexStart]++
			var client storage.Client = disk
			if walks {
				client = walking{disk}
			}
			s = start(t, testConfig(), net, client, "a")
			s.take(upTo(5001, 5010)...)
			pass(time.Second)
			if walks {
				once(t, net.got(), upTo(1, 5010)...)
			} else {
				once(t, net.got(), upTo(5001, 5010)...)
			}
			s.stop()
		})
	}
}

// The index stays small, and has all blocks that have items.
func TestIndex(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, net := newFakeStorage(), &network{}
		net.at("b").do(dead)
		c := testConfig()
		c.RetryOnFailure.FailoverAfter = time.Hour
		s := start(t, c, net, disk, abc...)
		next := uint64(1)
		for range 2000 {
			record := next
			next++
			if record > 100 && len(belongs("b", abc, []uint64{record})) > 0 {
				continue
			}
			s.take(record)
			pass(time.Millisecond)
		}
		pass(time.Second)
		blocks, err := decodeIndex(disk.data["traces/index"])
		if err != nil || len(blocks) > 3 {
			t.Error(blocks, err)
		}
		for key := range disk.data {
			n, ok := s.store.keyOf(key)
			if ok && n/blockSize != blocks[0] {
				t.Errorf("%s is in none of %v", key, blocks)
			}
		}
		s.stop()
	})
}

// Bodies that are not in memory are read when they are sent, or split again; what cannot be read then is lost.
func TestReadsBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, net := newFakeStorage(), &network{}
		net.at("a").do(dead)
		net.at("b").do(dead)
		s := start(t, testConfig(), net, disk, "a", "b")
		for first := uint64(1); first < 100; first += 10 {
			s.take(upTo(first, first+9)...)
		}
		pass(time.Second)
		dropBodies(s.Balancer)
		s.setBackends(abc...)
		pass(time.Second)
		if len(net.at("c").got) == 0 {
			t.Error("nothing was split")
		}
		dropBodies(s.Balancer)
		disk.mu.Lock()
		disk.fail = func(_ int, ops []*storage.Operation) error {
			if ops[0].Type == storage.Get {
				return errors.New("broken")
			}
			return nil
		}
		disk.mu.Unlock()
		net.at("a").do(nil)
		net.at("b").do(nil)
		pass(5 * time.Second)
		disk.mu.Lock()
		disk.fail = nil
		lost := len(net.at("c").got)
		disk.mu.Unlock()
		pass(5 * time.Second)
		once(t, net.got(), upTo(1, 100)...)
		if m := s.checkBooks(0); m["dropped"] != 0 || lost == 0 {
			t.Error(m)
		}
		s.stop()
	})
}

// When there is no room in memory at all, everything is read again, and what the storage does not give out waits.
func TestNoRoomForBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, net := newFakeStorage(), &network{}
		var broken atomic.Bool
		disk.fail = func(_ int, ops []*storage.Operation) error {
			if broken.Load() && ops[0].Type == storage.Get {
				return errors.New("broken")
			}
			return nil
		}
		net.at("a").do(dead)
		s := start(t, testConfig(), net, disk, "a")
		s.mu.Lock()
		s.kept = keptSize
		s.mu.Unlock()
		for first := uint64(1); first < 1000; first += 10 {
			s.take(upTo(first, first+9)...)
		}
		pass(time.Second)
		broken.Store(true)
		s.setBackends(abc...)
		pass(3 * time.Second)
		if got := net.got(); len(got) > 0 {
			t.Error(got)
		}
		broken.Store(false)
		pass(time.Second)
		if got := len(net.got()); got != 1000-len(belongs("a", abc, upTo(1, 1000))) {
			t.Errorf("%d records have arrived at the new backends", got)
		}
		net.at("a").do(nil)
		pass(5 * time.Second)
		once(t, net.got(), upTo(1, 1000)...)
		s.checkBooks(0)
		if s.kept != keptSize {
			t.Errorf("%d bytes too many are kept", s.kept-keptSize)
		}
		s.stop()
	})
}

func TestLosesBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, net := newFakeStorage(), &network{}
		net.at("a").do(dead)
		s := start(t, testConfig(), net, disk, "a")
		for first := uint64(1); first < 100; first += 10 {
			s.take(upTo(first, first+9)...)
		}
		pass(time.Second)
		dropBodies(s.Balancer)
		disk.mu.Lock()
		delete(disk.data, "traces/0000000000000102")
		disk.mu.Unlock()
		net.at("a").do(nil)
		pass(5 * time.Second)
		once(t, net.got(), append(upTo(1, 20), upTo(31, 100)...)...)
		if m := s.checkBooks(0); m["dropped"] != 10 {
			t.Error(m)
		}
		s.stop()
	})
}

// dropBodies is what happens when there is no room in memory.
func dropBodies(b *Balancer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, be := range b.route.Load().backends {
		for s := be.waiting.head; s != nil; s = s.next {
			b.unkeep(s)
			s.body = nil
		}
	}
}

// A storage that cannot be read at the start is an error of the start.
func TestUnreadableStorage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := newFakeStorage()
		disk.fail = func(int, []*storage.Operation) error { return errors.New("broken") }
		s := build(t, testConfig(), &network{})
		if err := s.Start(context.Background(), disk); err == nil || !disk.closed {
			t.Error(err)
		}
		s.stop()
	})
}
