package delivery

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
)

// Without a queue, a sender gets the answer of the backends.
func TestWithoutQueue(t *testing.T) {
	refuses := func(_ context.Context, records []uint64) (int, error) {
		if slices.Contains(records, 25) {
			return 0, status.Error(codes.PermissionDenied, "25")
		}
		return 0, nil
	}
	tests := []struct {
		name    string
		does    behaviour // all backends
		elapsed time.Duration
		want    codes.Code
		took    time.Duration
		books   map[string]int
	}{
		{name: "taken", want: codes.OK, took: 5 * time.Millisecond, books: map[string]int{"sent": 300}},
		{name: "refused for good", does: refuses, want: codes.PermissionDenied, took: 5 * time.Millisecond},
		{
			name: "no answer", does: frozen, want: codes.Unavailable, took: 20*time.Second - 100*time.Millisecond,
			books: map[string]int{"failed": 300},
		},
		{
			name: "dead", does: dead, want: codes.Unavailable, took: 20*time.Second - 100*time.Millisecond,
			books: map[string]int{"failed": 300},
		},
		{
			name: "dead for too long", does: dead, elapsed: 6 * time.Second, want: codes.Unavailable,
			books: map[string]int{"failed": 300},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := testConfig()
				c.SendingQueue.Enabled = false
				c.RetryOnFailure.MaxElapsedTime = test.elapsed
				s := start(t, c, &network{}, nil, abc...)
				for _, backend := range abc {
					s.net.at(backend).do(test.does)
				}
				begun := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				f := classify(s.Take(ctx, request(upTo(1, 300)...)))
				if f.code != test.want || (f.code == codes.Unavailable) != (f.delay > 0) {
					t.Errorf("%v, want %v", f.err, test.want)
				}
				if took := time.Since(begun); test.took > 0 && took != test.took {
					t.Errorf("it took %s", took)
				}
				pass(10 * time.Second) // calls that are still made
				m := s.checkBooks(0)
				for name, want := range test.books {
					if m[name] != want {
						t.Errorf("%s is %d, not %d: %v", name, m[name], want, m)
					}
				}
				if m["queue_bytes"] != 0 {
					t.Errorf("%d bytes are queued", m["queue_bytes"])
				}
				s.stop()
			})
		})
	}
}

// A sender that goes leaves nothing behind but what calls carry already.
func TestSenderGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := testConfig()
		c.SendingQueue.Enabled = false
		s := start(t, c, &network{}, nil, abc...)
		s.net.at("b").do(after(time.Second, nil))
		s.net.at("c").do(dead)
		all := upTo(1, 300)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(500*time.Millisecond, cancel)
		if err := s.Take(ctx, request(all...)); status.Code(err) != codes.Canceled {
			t.Error(err)
		}
		pass(10 * time.Second)
		m := s.checkBooks(0)
		if m["failed c CANCELLED"] != len(belongs("c", abc, all)) || m["sent b"] != len(belongs("b", abc, all)) ||
			m["queue_records"] != 0 {
			t.Error(m)
		}
		s.stop()
	})
}

// A share of a sender that waits is split again like any other.
func TestWaitsForPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := testConfig()
		c.SendingQueue.Enabled = false
		s := start(t, c, &network{}, nil, abc...)
		s.net.at("b").do(dead)
		if err := s.Take(t.Context(), request(upTo(1, 300)...)); err != nil {
			t.Error(err)
		}
		once(t, s.net.got(), upTo(1, 300)...)
		if m := s.checkBooks(0); m["rerouted b"] == 0 {
			t.Error(m)
		}
		s.stop()
	})
}

// Senders that wait at the end are told to come again.
func TestStopAnswersSenders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := testConfig()
		c.SendingQueue.Enabled = false
		s := start(t, c, &network{}, nil, abc...)
		for _, backend := range abc {
			s.net.at(backend).do(frozen)
		}
		answer := make(chan error, 1)
		go func() { answer <- s.Take(context.Background(), request(upTo(1, 300)...)) }()
		pass(time.Second)
		s.stop()
		if f := classify(<-answer); f.code != codes.Unavailable || f.delay == 0 {
			t.Error(f)
		}
		if m := s.checkBooks(0); m["failed"] != 300 || m["dropped"] != 0 {
			t.Error(m)
		}
	})
}

// fragileSplitter takes nothing apart any more once it is broken.
type fragileSplitter struct {
	fakeSplitter
	broken atomic.Bool
}

func (s *fragileSplitter) Split(body []byte, most int, place func([]byte) int) ([]otlpwire.Part, error) {
	if s.broken.Load() {
		return nil, errors.New("broken")
	}
	return s.fakeSplitter.Split(body, most, place)
}

// A sender is not told that all is well when a share of its request is lost on the way.
func TestSenderOfLostShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := testConfig()
		c.SendingQueue.Enabled = false
		s, splitter := build(t, c, &network{}), &fragileSplitter{}
		s.set.Splitter = splitter
		if err := s.Start(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		s.setBackends(abc...)
		s.net.at("b").do(dead)
		time.AfterFunc(time.Second, func() { splitter.broken.Store(true) })
		if f := classify(s.Take(t.Context(), request(upTo(1, 300)...))); f.code != codes.Unavailable || f.delay == 0 {
			t.Error(f)
		}
		if m := s.checkBooks(0); m["dropped"] != len(belongs("b", abc, upTo(1, 300))) {
			t.Error(m)
		}
		s.stop()
	})
}
