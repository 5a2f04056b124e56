package delivery

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
)

// Time is virtual in all these tests: it passes when everything waits.

// belongs are those of some records that belong to a backend.
func belongs(backend string, among []string, records []uint64) []uint64 {
	table, _ := newFakeTable(among)
	var own []uint64
	for _, id := range records {
		if table.Backends()[table.Place(request(id)[resourceSize+1:])] == backend {
			own = append(own, id)
		}
	}
	return own
}

var abc = []string{"a", "b", "c"}

func TestDeliversOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, abc...)
		for first := uint64(1); first < 1000; first += 100 {
			s.take(upTo(first, first+99)...)
		}
		pass(time.Second)
		once(t, s.net.got(), upTo(1, 1000)...)
		for _, backend := range abc {
			be := s.net.at(backend)
			if own := belongs(backend, abc, upTo(1, 1000)); len(be.got) != len(own) || be.got[own[0]] != 1 {
				t.Errorf("%s took %d records, of %d", backend, len(be.got), len(own))
			}
		}
		m := s.checkBooks(0)
		if m["accepted"] != 1000 || m["sent"] != 1000 || m["queue_bytes"] != 0 || m["backends"] != 3 {
			t.Error(m)
		}
		s.stop()
		for _, backend := range abc {
			if _, _, _, open := s.net.at(backend).seen(); open != 0 {
				t.Errorf("%d connections to %s are open after the end", open, backend)
			}
		}
	})
}

// Shares of several requests go into one call, as soon as there is enough, or the first has waited long enough.
func TestMerges(t *testing.T) {
	tests := []struct {
		name           string
		requests, each uint64
		calls          int // at once
		later          int // after the flush timeout
		alone          bool
	}{
		{name: "too small to go at once", requests: 5, each: 10, calls: 0, later: 1},
		{name: "enough", requests: 1, each: 150, calls: 1, later: 1},
		{name: "more than a call may carry", requests: 4, each: 150, calls: 4, later: 4},
		{name: "one share larger than that", requests: 1, each: 500, calls: 1, later: 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := start(t, testConfig(), &network{}, nil, "a")
				for i := range test.requests {
					first := 1 + i*test.each
					s.take(upTo(first, first+test.each-1)...)
				}
				synctest.Wait()
				be := s.net.at("a")
				if calls, _, _, _ := be.seen(); calls != test.calls {
					t.Errorf("%d calls at once, not %d", calls, test.calls)
				}
				pass(6 * time.Millisecond)
				if calls, _, _, _ := be.seen(); calls != test.later {
					t.Errorf("%d calls in the end, not %d", calls, test.later)
				}
				once(t, s.net.got(), upTo(1, test.requests*test.each)...)
				s.stop()
			})
		})
	}
}

// A slowTransport answers before it has written what a call carries.
type slowTransport struct {
	mu      sync.Mutex
	reading []mem.Buffer
	was     [][]byte
}

func (c *slowTransport) Close() error { return nil }

func (c *slowTransport) Export(_ context.Context, body mem.Buffer) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body.Ref()
	c.reading = append(c.reading, body)
	c.was = append(c.was, slices.Clone(body.ReadOnlyData()))
	return nil, nil
}

// What a call carries stays as it is while the transport reads it, also after the answer.
func TestLeavesToTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := build(t, testConfig(), &network{})
		transport := &slowTransport{}
		s.set.Dial = func(string) (Conn, error) { return transport, nil }
		if err := s.Start(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		s.setBackends("a")
		for first := uint64(1); first <= 2000; first += 200 { // two shares a call, of a size that is pooled
			s.take(upTo(first, first+99)...)
			s.take(upTo(first+100, first+199)...)
			pass(10 * time.Millisecond)
		}
		for i, body := range transport.reading {
			if !slices.Equal(body.ReadOnlyData(), transport.was[i]) {
				t.Errorf("call %d of %d has changed", i+1, len(transport.reading))
			}
			body.Free()
		}
		s.stop()
	})
}

// While all calls that are allowed are being made, what comes waits and is merged.
func TestBoundsCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, "a")
		be := s.net.at("a")
		be.do(after(time.Second, nil))
		for first := uint64(1); first < 1500; first += 150 {
			s.take(upTo(first, first+149)...)
		}
		pass(1900 * time.Millisecond)
		if _, _, most, _ := be.seen(); most != 4 {
			t.Errorf("%d calls at a time", most)
		}
		pass(time.Minute)
		once(t, s.net.got(), upTo(1, 1500)...)
		s.stop()
	})
}

// A dead backend keeps its shares for a while; then others get them. Healthy backends never wait.
func TestFailsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, abc...)
		s.net.at("b").do(dead)
		all := upTo(1, 300)
		own := belongs("b", abc, all)
		s.take(all...)
		pass(10 * time.Millisecond)
		if got := len(s.net.got()); got != len(all)-len(own) {
			t.Errorf("%d records of the healthy backends have arrived", got)
		}
		pass(9 * time.Second)
		if got := len(s.net.got()); got != len(all)-len(own) {
			t.Errorf("%d records have arrived before the failover", got)
		}
		pass(2 * time.Second)
		once(t, s.net.got(), all...)
		m := s.checkBooks(0)
		if m["rerouted b"] != len(own) || m["rerouted"] != len(own) || m["retried b"] == 0 || m["backend_healthy b"] != 0 ||
			m["backend_healthy"] != 2 {
			t.Error(m)
		}
		s.take(upTo(301, 600)...) // go to the others at once
		pass(10 * time.Millisecond)
		once(t, s.net.got(), upTo(1, 600)...)
		s.stop()
	})
}

// A frozen backend holds no more than it may, the rest goes to the others.
func TestFrozenBackendIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := testConfig()
		c.SendingQueue.BackendSize = 4000
		s := start(t, c, &network{}, nil, abc...)
		s.net.at("b").do(frozen)
		for first := uint64(1); first <= 5000; first += 100 {
			s.take(upTo(first, first+99)...)
			pass(10 * time.Millisecond)
			s.mu.Lock()
			for _, be := range s.route.Load().backends {
				if be.bytes > 4000 {
					t.Errorf("%s holds %d bytes", be.endpoint, be.bytes)
				}
			}
			s.mu.Unlock()
		}
		m := s.checkBooks(0)
		if m["queue_bytes"] > 4000 || m["rerouted b"] == 0 {
			t.Error(m)
		}
		pass(time.Minute)
		once(t, s.net.got(), upTo(1, 5000)...)
		s.stop()
	})
}

// A backend that answers again gets its keys back, first with one call at a time.
func TestReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, abc...)
		be := s.net.at("b")
		be.do(dead)
		s.take(upTo(1, 300)...)
		pass(20 * time.Second)
		calls, probes, _, _ := be.seen()
		if probes == 0 {
			t.Error("nobody asks whether it is there")
		}
		be.do(after(time.Second, nil))
		pass(10 * time.Second)
		if m := s.metrics(); m["backend_healthy b"] != 1 {
			t.Error(m)
		}
		be.mu.Lock()
		be.most = 0
		be.mu.Unlock()
		var wave uint64 = 301
		for i, most := range []int{1, 2, 4, 4} { // limits
			for range 20 { // more than a call may carry, for each call that there may be
				s.take(upTo(wave, wave+149)...)
				wave += 150
			}
			pass(900 * time.Millisecond)
			if _, _, got, _ := be.seen(); got > most {
				t.Errorf("%d calls at a time after %d waves", got, i)
			}
			pass(100 * time.Millisecond)
		}
		pass(time.Minute)
		if after, _, most, _ := be.seen(); after == calls || most != 4 {
			t.Errorf("%d calls, before that %d; %d at a time", after, calls, most)
		}
		once(t, s.net.got(), upTo(1, wave-1)...)
		s.stop()
	})
}

// One that answers when it is asked whether it is there, but not to data, is down again at once, and asked less and
// less.
func TestDoesNotReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, abc...)
		be := s.net.at("b")
		be.do(func(ctx context.Context, records []uint64) (int, error) {
			if len(records) == 0 {
				return 0, nil
			}
			return dead(ctx, records)
		})
		next := uint64(1)
		for range 600 {
			s.take(upTo(next, next+9)...)
			next += 10
			pass(100 * time.Millisecond)
		}
		if calls, _, _, _ := be.seen(); calls > 40 {
			t.Errorf("%d calls in a minute", calls)
		}
		pass(10 * time.Second)
		be.do(nil)
		pass(10 * time.Second)
		s.checkBooks(0)
		once(t, s.net.got(), upTo(1, next-1)...)
		s.stop()
	})
}

// When no backend answers, everything waits, and goes to the first that does.
func TestAllDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, abc...)
		for _, backend := range abc {
			s.net.at(backend).do(dead)
		}
		s.take(upTo(1, 300)...)
		pass(30 * time.Second)
		s.take(upTo(301, 600)...)
		pass(30 * time.Second)
		if got := s.net.got(); len(got) > 0 {
			t.Error(got)
		}
		if m := s.checkBooks(0); m["queue_records"] != 600 || m["rerouted"] == 0 {
			t.Error(m)
		}
		s.net.at("c").do(nil)
		pass(10 * time.Second)
		once(t, s.net.at("c").got, upTo(1, 600)...)
		want := []componentstatus.Status{componentstatus.StatusRecoverableError, componentstatus.StatusOK}
		if diff := cmp.Diff(want, s.events); diff != "" {
			t.Error(diff)
		}
		s.stop()
	})
}

// What waits for a backend that is removed goes to others; its calls end before its connection is closed.
func TestRemovesBackend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, abc...)
		be := s.net.at("b")
		be.do(after(3*time.Second, nil))
		s.take(upTo(1, 400)...) // is called
		synctest.Wait()
		for first := uint64(401); first < 4000; first += 100 {
			s.take(upTo(first, first+99)...) // some of it waits
		}
		pass(100 * time.Millisecond)
		s.setBackends("a", "c")
		pass(time.Second)
		if _, _, _, open := be.seen(); open != 1 {
			t.Errorf("%d connections while there are calls", open)
		}
		if m := s.metrics(); m["rerouted b"] == 0 || m["backends"] != 2 || m["backend_changes"] != 2 {
			t.Error(m)
		}
		pass(3 * time.Second)
		if _, _, _, open := be.seen(); open != 0 {
			t.Errorf("%d connections after the calls", open)
		}
		once(t, s.net.got(), upTo(1, 4000)...)
		if len(be.got) == 0 {
			t.Error("its calls were of no use")
		}
		s.checkBooks(0)
		s.stop()
	})
}

// What waits is split again when a backend joins: it gets what belongs to it.
func TestAddsBackend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, "a", "b")
		s.net.at("a").do(dead)
		s.net.at("b").do(dead)
		all := upTo(1, 1000)
		for first := 0; first < 1000; first += 10 {
			s.take(all[first : first+10]...)
		}
		pass(time.Second)
		s.setBackends(abc...)
		pass(time.Second)
		own := belongs("c", abc, all)
		once(t, s.net.at("c").got, own...)
		s.net.at("a").do(nil)
		s.net.at("b").do(nil)
		pass(time.Minute)
		once(t, s.net.got(), all...)
		s.checkBooks(0)
		s.stop()
	})
}

// A list that cannot be had leaves everything as it was.
func TestCannotConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		net := &network{}
		s := start(t, testConfig(), net, nil, "a")
		net.refuse("c")
		if err := s.SetBackends(abc); err == nil || err.Error() != `cannot connect to "c": no such host` {
			t.Error(err)
		}
		if _, _, _, open := net.at("b").seen(); open != 0 {
			t.Errorf("%d connections to b", open)
		}
		s.take(upTo(1, 100)...)
		pass(time.Second)
		once(t, net.at("a").got, upTo(1, 100)...)
		if m := s.checkBooks(0); m["backends"] != 1 || m["backend_changes"] != 1 {
			t.Error(m)
		}
		s.stop()
		if err := s.SetBackends(abc[:2]); err != nil {
			t.Error("after the end:", err)
		}
	})
}

// What comes while there are no backends waits for the first.
func TestNoBackends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil)
		s.take(upTo(1, 100)...)
		pass(time.Second)
		s.setBackends(abc...)
		pass(time.Second)
		once(t, s.net.got(), upTo(1, 100)...)
		s.setBackends()
		s.take(upTo(101, 200)...)
		pass(time.Second)
		s.setBackends(abc...)
		pass(time.Second)
		once(t, s.net.got(), upTo(1, 200)...)
		bad, ok := componentstatus.StatusRecoverableError, componentstatus.StatusOK
		if diff := cmp.Diff([]componentstatus.Status{bad, ok, bad, ok}, s.events); diff != "" {
			t.Error(diff)
		}
		s.stop()
	})
}

// One bad share does not take others with it.
func TestRefusedForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, "a")
		s.net.at("a").do(func(_ context.Context, records []uint64) (int, error) {
			if slices.Contains(records, 25) {
				return 0, status.Error(codes.InvalidArgument, "25")
			}
			return 0, nil
		})
		for first := uint64(1); first < 100; first += 10 {
			s.take(upTo(first, first+9)...)
		}
		pass(time.Second)
		once(t, s.net.got(), append(upTo(1, 20), upTo(31, 100)...)...)
		if m := s.checkBooks(0); m["failed a INVALID_ARGUMENT"] != 10 || m["retried"] != 0 || m["backend_healthy"] != 1 {
			t.Error(m)
		}
		s.stop()
	})
}

// A backend that says when to come again is left alone until then.
func TestHonoursRetryInfo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, "a")
		be := s.net.at("a")
		be.do(func(context.Context, []uint64) (int, error) {
			return 0, retryable(codes.ResourceExhausted, "later", 8*time.Second)
		})
		s.take(upTo(1, 100)...)
		pass(7 * time.Second)
		if calls, _, _, _ := be.seen(); calls != 1 {
			t.Errorf("%d calls", calls)
		}
		be.do(nil)
		pass(2 * time.Second)
		once(t, s.net.got(), upTo(1, 100)...)
		s.stop()
	})
}

// That other calls to it succeed changes nothing about that.
func TestHonoursRetryInfoOfOneCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, "a")
		be := s.net.at("a")
		be.do(func(ctx context.Context, records []uint64) (int, error) {
			if records[0] == 1 {
				return 0, retryable(codes.Unavailable, "later", 8*time.Second)
			}
			return after(time.Second, nil)(ctx, records)
		})
		s.take(upTo(151, 300)...)
		synctest.Wait()
		s.take(upTo(1, 150)...)
		pass(2 * time.Second)
		be.do(nil)
		s.take(upTo(301, 450)...)
		pass(5 * time.Second)
		if calls, probes, _, _ := be.seen(); calls != 2 || probes != 0 {
			t.Errorf("%d calls, %d probes", calls, probes)
		}
		pass(2 * time.Second)
		once(t, s.net.got(), upTo(1, 450)...)
		s.stop()
	})
}

func TestPartialSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, "a")
		s.net.at("a").do(func(context.Context, []uint64) (int, error) { return 7, nil })
		s.take(upTo(1, 100)...)
		pass(time.Second)
		if m := s.checkBooks(0); m["rejected a"] != 7 || m["sent a"] != 93 {
			t.Error(m)
		}
		s.stop()
	})
}

// What is too old is given up, whether its backend answers or not.
func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := testConfig()
		c.RetryOnFailure.MaxElapsedTime = 30 * time.Second
		s := start(t, c, &network{}, nil, abc...)
		for _, backend := range abc {
			s.net.at(backend).do(dead)
		}
		s.take(upTo(1, 300)...)
		pass(29 * time.Second)
		if m := s.checkBooks(0); m["failed"] != 0 {
			t.Error(m)
		}
		pass(2 * time.Second)
		if m := s.checkBooks(0); m["failed"] != 300 || m["queue_bytes"] != 0 {
			t.Error(m)
		}
		s.setBackends()
		s.take(upTo(301, 400)...)
		pass(40 * time.Second)
		if m := s.checkBooks(0); m["failed"] != 400 {
			t.Error(m)
		}
		s.stop()
	})
}

// Data is given up also when there never was a backend for it, be it fresh or from a storage.
func TestGivesUpWithoutBackends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := testConfig()
		c.RetryOnFailure.MaxElapsedTime = 30 * time.Second
		disk := newFakeStorage()
		s := start(t, c, &network{}, disk)
		s.take(upTo(1, 100)...)
		pass(10 * time.Second)
		s.stop()
		s = start(t, c, &network{}, disk.crash())
		pass(10 * time.Second)
		if m := s.checkBooks(100); m["failed"] != 0 {
			t.Error(m)
		}
		pass(11 * time.Second)
		if m := s.checkBooks(100); m["failed"] != 100 {
			t.Error(m)
		}
		s.take(upTo(101, 200)...)
		pass(31 * time.Second)
		if m := s.checkBooks(100); m["failed"] != 200 || m["queue_bytes"] != 0 {
			t.Error(m)
		}
		s.stop()
	})
}

// When no backend has room, what waits for its own one is not counted as rerouted.
func TestAllFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := testConfig()
		c.SendingQueue.BackendSize = 4000
		s := start(t, c, &network{}, nil, abc...)
		var mu sync.Mutex
		elsewhere := map[string]int{}
		holds := func(backend string, records []uint64) {
			mu.Lock()
			defer mu.Unlock()
			for _, owner := range abc {
				if owner != backend {
					elsewhere["rerouted "+owner] += len(belongs(owner, abc, records))
				}
			}
		}
		for _, backend := range abc {
			s.net.at(backend).do(func(ctx context.Context, records []uint64) (int, error) {
				holds(backend, records)
				return frozen(ctx, records)
			})
		}
		for first := uint64(1); first <= 5000; first += 100 {
			s.take(upTo(first, first+99)...)
		}
		pass(time.Second)
		s.mu.Lock()
		for _, be := range s.route.Load().backends {
			for waits := be.waiting.head; waits != nil; waits = waits.next {
				records, err := ids(waits.body)
				if err != nil {
					t.Error(err)
				}
				holds(be.endpoint, records)
			}
		}
		s.mu.Unlock()
		m := s.checkBooks(0)
		for _, owner := range abc {
			if name := "rerouted " + owner; m[name] != elsewhere[name] {
				t.Errorf("%s is %d, but %d are elsewhere", name, m[name], elsewhere[name])
			}
		}
		s.stop()
	})
}

func TestRefusesWhenFull(t *testing.T) {
	for _, stored := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			c := testConfig()
			c.SendingQueue.QueueSize = 5 * len(request(upTo(1, 100)...))
			disk := newFakeStorage()
			s := build(t, c, &network{})
			var err error
			if stored {
				err = s.Start(t.Context(), disk)
			} else {
				err = s.Start(t.Context(), nil)
			}
			if err != nil {
				t.Fatal(err)
			}
			s.setBackends("a")
			s.net.at("a").do(dead)
			for first := uint64(1); first < 500; first += 100 {
				s.take(upTo(first, first+99)...)
			}
			f := classify(s.Take(t.Context(), request(501)))
			if f.code != codes.ResourceExhausted || !f.retryable || f.delay != 500*time.Millisecond {
				t.Error(f)
			}
			f = classify(s.Take(t.Context(), request(upTo(1, 1000)...)))
			if f.code != codes.ResourceExhausted || f.retryable {
				t.Error("larger than the queue:", f)
			}
			if stored && len(disk.stored(t)) != 500 {
				t.Errorf("%d records are stored", len(disk.stored(t)))
			}
			if m := s.checkBooks(0); m["refused"] != 1001 || m["accepted"] != 500 {
				t.Error(m)
			}
			s.net.at("a").do(nil)
			pass(time.Second)
			s.take(501)
			pass(time.Second)
			once(t, s.net.got(), upTo(1, 501)...)
			s.stop()
		})
	}
}

func TestMalformed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, "a")
		if f := classify(s.Take(t.Context(), []byte("x"))); f.code != codes.InvalidArgument || f.retryable {
			t.Error(f)
		}
		if err := s.Take(t.Context(), nil); err != nil {
			t.Error("an empty request:", err)
		}
		s.stop()
		if f := classify(s.Take(t.Context(), request(1))); f.code != codes.Unavailable || f.delay == 0 {
			t.Error("after the end:", f)
		}
	})
}

func TestStopDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, abc...)
		s.net.at("b").do(after(2*time.Second, nil))
		s.net.at("c").do(dead)
		s.take(upTo(1, 300)...)
		begun := time.Now()
		time.AfterFunc(5*time.Second, func() { s.net.at("c").do(nil) })
		s.stop()
		once(t, s.net.got(), upTo(1, 300)...)
		if took := time.Since(begun); took > 15*time.Second {
			t.Errorf("it took %s", took)
		}
		s.checkBooks(0)
	})
}

func TestStopInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := start(t, testConfig(), &network{}, nil, abc...)
		for _, backend := range abc {
			s.net.at(backend).do(frozen)
		}
		s.take(upTo(1, 300)...)
		begun := time.Now()
		s.stop()
		if took := time.Since(begun); took != 30*time.Second {
			t.Errorf("it took %s", took)
		}
		if m := s.checkBooks(0); m["dropped"] != 300 {
			t.Error(m)
		}
	})
}

// A stop ends with the last answer, not later.
func TestStopEndsWithLastAnswer(t *testing.T) {
	for _, stored := range []bool{false, true} {
		t.Run(fmt.Sprintf("stored %t", stored), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var disk storage.Client
				if stored {
					disk = newFakeStorage()
				}
				s := start(t, testConfig(), &network{}, disk, abc...)
				s.net.at("b").do(after(2*time.Second, nil))
				s.take(upTo(1, 300)...)
				pass(time.Second)
				begun := time.Now()
				s.stop()
				if took := time.Since(begun); took > 2*time.Second {
					t.Errorf("it took %s", took)
				}
				once(t, s.net.got(), upTo(1, 300)...)
			})
		})
	}
}

// A stop does not wait until a backend that fails is given up: what waits for it goes to others at once. On a storage
// it stays where it is, for after the next start.
func TestStopFailsOver(t *testing.T) {
	for _, stored := range []bool{false, true} {
		t.Run(fmt.Sprintf("stored %t", stored), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				disk := newFakeStorage()
				var client storage.Client
				if stored {
					client = disk
				}
				s := start(t, testConfig(), &network{}, client, abc...)
				s.net.at("b").do(dead)
				s.take(upTo(1, 300)...)
				pass(time.Second)
				begun := time.Now()
				s.stop()
				if took := time.Since(begun); took > time.Second {
					t.Errorf("it took %s", took)
				}
				if stored {
					s.net.at("b").do(nil)
					s = start(t, testConfig(), s.net, disk.crash(), abc...)
					s.stop()
				}
				once(t, s.net.got(), upTo(1, 300)...)
			})
		})
	}
}

// A request whose shares are larger than the queue is refused for good. If it only is so because some backends have no
// room now, for that makes more shares of it, it is to come again.
func TestRefusesTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := upTo(1, 300)
		c := testConfig()
		c.SendingQueue.QueueSize = 3*resourceSize + len(all)*recordSize
		s := start(t, c, &network{}, nil, abc...)
		f := classify(s.Take(t.Context(), request(upTo(1, 301)...)))
		if f.code != codes.ResourceExhausted || f.retryable || !strings.Contains(f.err.Error(), "2769 bytes") {
			t.Error(f)
		}
		full := s.route.Load().backends[1]
		full.bytes = c.SendingQueue.BackendSize
		f = classify(s.Take(t.Context(), request(all...)))
		if f.code != codes.ResourceExhausted || !f.retryable {
			t.Error(f)
		}
		full.bytes = 0
		if m := s.checkBooks(0); m["refused"] != 601 {
			t.Error(m)
		}
		s.stop()
	})
}
