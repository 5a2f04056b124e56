package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

const (
	// pace is how often the sender of a fault run sends a request, of 120 spans for all backends.
	pace = 10 * time.Millisecond
	// requestTimeout is when the sender gives a request up, as an SDK does.
	requestTimeout = 10 * time.Second
)

// steadySender sends small requests at a steady pace, each once, and remembers what became of them.
type steadySender struct {
	cancel context.CancelFunc
	done   chan struct{}

	acknowledged, refused []harness.Record
	ticks                 []time.Time // when it came round to sending
}

func startSteadySender(ctx context.Context, t *testing.T, addr string) *steadySender {
	t.Helper()
	client := newClient(t, harness.NewGRPCClient, addr)
	enough, cancel := context.WithCancel(ctx)
	s := &steadySender{cancel: cancel, done: make(chan struct{})}
	t.Cleanup(cancel)
	go s.run(ctx, enough, client)
	return s
}

// run sends until it is stopped, several requests at once when they are not answered in time.
func (s *steadySender) run(ctx, enough context.Context, client harness.Client) {
	defer close(s.done)
	const atOnce = 64
	type answer struct {
		records []harness.Record
		err     error
	}
	answers, sending := make(chan answer), 0
	take := func(a answer) {
		sending--
		if a.err != nil {
			s.refused = append(s.refused, a.records...)
		} else {
			s.acknowledged = append(s.acknowledged, a.records...)
		}
	}
	tick := time.NewTicker(pace)
	defer tick.Stop()
	var next []harness.Load
	for seed := uint64(1); enough.Err() == nil; {
		select {
		case a := <-answers:
			take(a)
			continue
		case <-enough.Done():
			continue
		case at := <-tick.C:
			s.ticks = append(s.ticks, at)
		}
		if sending == atOnce {
			continue
		}
		if len(next) == 0 {
			next = harness.NewLoad(harness.Shape{Seed: 1 << 32 * seed, Traces: 120, Spans: 4, Services: 6}).Requests()
			seed++
		}
		load := next[0]
		next = next[1:]
		sending++
		go func() {
			limited, cancel := context.WithTimeout(ctx, requestTimeout)
			defer cancel()
			answers <- answer{load.Spans, load.SendOnce(limited, client)}
		}()
	}
	for sending > 0 {
		take(<-answers)
	}
}

// stop returns what was acknowledged and what was refused, once every request is answered.
func (s *steadySender) stop() (acknowledged, refused []harness.Record) {
	s.cancel()
	<-s.done
	return s.acknowledged, s.refused
}
