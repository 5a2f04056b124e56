package delivery

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var seeds = flag.Uint64("seeds", 300, "how many random histories TestLaw looks at")

// TestLaw has random faults happen, and compares what backends took with what is counted: what was accepted is taken by
// exactly one backend, once, or is counted as failed, rejected or dropped. It is taken more often only if an answer was
// lost, or was not recorded before a crash.
func TestLaw(t *testing.T) {
	for seed := range *seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newHistory(t, seed).run() })
		})
	}
}

// history is what happens to a balancer, which may crash and be started again.
type history struct {
	*testing.T
	random  *rand.Rand
	config  Config
	disk    *fakeStorage // nil: the queue is in memory
	current *subject
	found   int // records, by the current one

	next     uint64
	requests sync.WaitGroup // that wait

	mu       sync.Mutex
	taken    map[uint64]bool // accepted
	answered map[uint64]int  // by backends, before the last crash
	lost     map[uint64]bool // the answer was lost, or may have been
	sums     map[string]int  // counted before the last crash
	doubtful bool            // the storage did what it said it did not
}

var everybody = []string{"a", "b", "c", "d", "e"}

func newHistory(t *testing.T, seed uint64) *history {
	h := &history{
		T: t, random: rand.New(rand.NewPCG(seed, 1)), config: testConfig(), next: 1,
		taken: map[uint64]bool{}, answered: map[uint64]int{}, lost: map[uint64]bool{}, sums: map[string]int{},
	}
	switch seed % 3 {
	case 0:
		h.disk = newFakeStorage()
	case 1:
		h.config.SendingQueue.Enabled = false
	}
	h.config.SendingQueue.BackendSize = []int{1000, 3000, 20_000}[h.random.IntN(3)]
	h.config.SendingQueue.QueueSize = []int{8000, 100_000}[h.random.IntN(2)]
	h.config.MaxInFlight = 1 + h.random.IntN(4)
	if h.random.IntN(4) == 0 {
		h.config.RetryOnFailure.MaxElapsedTime = 20 * time.Second
	}
	h.start()
	return h
}

func (h *history) start() {
	h.current = build(h.T, h.config, &network{})
	var client storage.Client
	if h.disk != nil {
		client = h.disk
	}
	if err := h.current.Start(context.Background(), client); err != nil {
		h.Fatal(err)
	}
	h.found = h.current.state().records
	h.setBackends()
	if h.disk != nil {
		h.disk.mu.Lock()
		disk := h.disk
		disk.fail = func(_ int, ops []*storage.Operation) error { return h.storageFault(disk, ops) }
		h.disk.mu.Unlock()
	}
}

// storageFault has some batches fail, of which some have been written.
func (h *history) storageFault(disk *fakeStorage, ops []*storage.Operation) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch h.random.IntN(30) {
	case 0:
		return storage.ErrStorageFull
	case 1:
		if ops[0].Type == storage.Get {
			return errors.New("cannot read")
		}
		h.doubtful = true
		disk.apply(ops)
		return errors.New("connection lost")
	default:
		return nil
	}
}

func (h *history) intN(n int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.random.IntN(n)
}

func (h *history) run() {
	for range 40 {
		switch h.intN(12) {
		case 0:
			h.setBackends()
		case 1, 2, 3:
			h.current.net.at(everybody[h.intN(len(everybody))]).do(h.behaviour())
		case 4:
			pass(time.Duration(h.intN(20_000)) * time.Millisecond)
		case 5:
			if h.disk != nil {
				h.crash()
			}
		default:
			for range 1 + h.intN(10) {
				h.take([]uint64{1, 7, 20, 60}[h.intN(4)])
			}
		}
		pass(time.Duration(h.intN(100)) * time.Millisecond)
		h.current.checkBooks(h.found)
	}
	h.end()
}

// setBackends makes a random list.
func (h *history) setBackends() {
	var list []string
	for _, backend := range everybody {
		if h.intN(2) == 0 {
			list = append(list, backend)
		}
	}
	h.current.setBackends(list...)
}

// behaviour is that of a backend for a while.
func (h *history) behaviour() behaviour {
	delay := time.Duration(h.intN(3000)) * time.Millisecond
	return []behaviour{
		dead,
		frozen,
		nil,
		after(delay, nil),
		after(delay, dead),
		after(delay, h.loseAnswer),
		func(context.Context, []uint64) (int, error) {
			if h.intN(2) == 0 {
				return 0, retryable(codes.ResourceExhausted, "busy", delay)
			}
			return 0, nil
		},
		func(_ context.Context, records []uint64) (int, error) {
			if slices.ContainsFunc(records, func(id uint64) bool { return id%50 == 0 }) {
				return 0, status.Error(codes.InvalidArgument, "50")
			}
			return 0, nil
		},
		func(_ context.Context, records []uint64) (int, error) { return len(records) / 2, nil },
	}[h.intN(9)]
}

// loseAnswer takes records without saying so.
func (h *history) loseAnswer(_ context.Context, records []uint64) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range records {
		h.lost[id] = true
	}
	return 0, status.Error(codes.Unavailable, "connection reset")
}

// take sends a request, and waits for its answer if there is a queue.
func (h *history) take(records uint64) {
	list := upTo(h.next, h.next+records-1)
	h.next += records
	s := h.current
	send := func() {
		ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		if s.Take(ctx, request(list...)) == nil {
			h.mu.Lock()
			defer h.mu.Unlock()
			for _, id := range list {
				h.taken[id] = true
			}
		}
	}
	if h.config.SendingQueue.Enabled {
		send()
	} else {
		h.requests.Go(send)
	}
}

// crash starts another balancer with what is on the storage.
func (h *history) crash() {
	synctest.Wait()
	found := h.disk.crash()
	h.close()
	for id := range found.stored(h.T) {
		if h.answered[id] > 0 {
			h.lost[id] = true // was not recorded
		}
	}
	old := h.current
	h.disk = found
	h.start()
	for _, backend := range everybody {
		old.net.at(backend).do(dead)
	}
	_ = old.Shutdown(context.Background()) // its storage may fail
}

// close takes the sums of the current balancer.
func (h *history) close() {
	maps.Copy(h.sums, add2(h.sums, h.current.checkBooks(h.found)))
	for id, times := range h.current.net.got() {
		h.answered[id] += times
	}
}

func add2(a, b map[string]int) map[string]int {
	sum := maps.Clone(a)
	for name, n := range b {
		sum[name] += n
	}
	return sum
}

// end heals everything, waits, and compares.
func (h *history) end() {
	for _, backend := range everybody {
		h.current.net.at(backend).do(nil)
	}
	if h.disk != nil {
		h.disk.mu.Lock()
		h.disk.fail = nil
		h.disk.mu.Unlock()
	}
	h.current.setBackends(everybody...)
	h.requests.Wait()
	pass(time.Minute)
	if m := h.current.metrics(); m["queue_records"] != 0 || m["queue_bytes"] != 0 || m["backend_healthy"] != 5 {
		h.Errorf("not all is well in the end: %v", m)
	}
	h.close()
	h.current.stop()
	if h.disk != nil {
		if left := h.disk.stored(h.T); len(left) > 0 {
			h.Errorf("%d records are still stored", len(left))
		}
	}
	h.compare()
}

func (h *history) compare() {
	sent, missing := 0, 0
	for id := uint64(1); id < h.next; id++ {
		times := h.answered[id]
		sent += times
		switch {
		case times > 1 && !h.lost[id]:
			h.Errorf("record %d was taken %d times", id, times)
		case times == 0 && h.taken[id]:
			missing++
		case times > 0 && !h.taken[id] && h.config.SendingQueue.Enabled && !h.doubtful:
			h.Errorf("record %d was refused, and sent", id)
		}
	}
	if sent != h.sums["sent"] {
		h.Errorf("backends took %d records, %d are counted", sent, h.sums["sent"])
	}
	if counted := h.sums["failed"] + h.sums["rejected"] + h.sums["dropped"]; missing > counted ||
		(missing < counted && h.config.SendingQueue.Enabled && len(h.lost) == 0 && !h.doubtful) {
		h.Errorf("%d records are missing, %d are counted: %v", missing, counted, h.sums)
	}
}
