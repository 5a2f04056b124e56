package e2e

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// receiverBackend is where the collectors of the receiver's tests send to.
const receiverBackend = "127.0.0.1:55690"

// receiver is a collector that takes OTLP, the backend behind it, and two clients that do nothing wrong.
type receiver struct {
	collector *harness.Collector
	backends  harness.Backends
	clients   []harness.Client
	seed      uint64
}

// startReceiver runs the collector on its configurations.
func startReceiver(ctx context.Context, t *testing.T, configs ...string) *receiver {
	t.Helper()
	backends := startBackends(t, nil, receiverBackend)
	f := form{"river", harness.River, configs}
	return &receiver{
		collector: startLoadBalancer(ctx, t, f, []string{grpcAddr, httpAddr}),
		backends:  backends,
		clients: []harness.Client{
			newClient(t, harness.NewGRPCClient, grpcAddr), newClient(t, harness.NewHTTPClient, httpAddr),
		},
	}
}

// riverFile is the URI of a River file in testdata.
func riverFile(t *testing.T, name string) string {
	t.Helper()
	return "river:" + inRepository(t, "e2e/testdata/"+name)
}

// nextLoad is a small load that was not sent before.
func (r *receiver) nextLoad() harness.Load {
	r.seed++
	return harness.NewLoad(harness.Shape{Seed: r.seed, Traces: 20, Spans: 4, Services: 3})
}

// withstands has other clients misbehave while the good ones send. The good ones must never be refused, all that they
// send must arrive, each span once, nothing else may arrive, and the collector must not have needed more memory than
// bound on top of what it needed before.
func (r *receiver) withstands(ctx context.Context, t *testing.T, bound int, misbehave func()) {
	t.Helper()
	first := r.nextLoad()
	send(ctx, t, first, r.backends, r.clients...)
	before, _, err := r.collector.Memory()
	if err != nil {
		t.Fatal(err)
	}

	stop := r.keepSending(ctx)
	defer func() { _, _ = stop() }()
	misbehave()
	sent, err := stop()
	if err != nil {
		t.Fatal("a client that does nothing wrong is not served:", err)
	}
	sent = append(sent, first.Spans...)
	arrived(ctx, t, r.backends, len(sent), 0)
	spans, _ := r.backends.Take()
	if err := spans.Audit(sent).Err(); err != nil {
		t.Error(err)
	}

	now, most, err := r.collector.Memory()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d spans served; memory: %d MiB before, %d MiB after, %d MiB at most",
		len(sent), before>>20, now>>20, most>>20)
	if most-before > bound {
		t.Errorf("the collector took %d MiB more than the %d MiB before, expected at most %d",
			(most-before)>>20, before>>20, bound>>20)
	}
}

// keepSending has the good clients send in turn, each request once, until the function that it returns is called. That
// sends some more, and returns what was sent.
func (r *receiver) keepSending(ctx context.Context) (stop func() ([]harness.Record, error)) {
	var sent []harness.Record
	stopped, done := make(chan struct{}), make(chan error, 1)
	go func() {
		// A pause leaves the machine to the others.
		pause := time.NewTicker(50 * time.Millisecond)
		defer pause.Stop()
		for last := false; !last; {
			select {
			case <-stopped:
				last = true
			case <-pause.C:
			}
			for _, client := range r.clients {
				load := r.nextLoad()
				sent = append(sent, load.Spans...)
				if err := load.SendOnce(ctx, client); err != nil {
					done <- err
					return
				}
			}
		}
		done <- nil
	}()
	return sync.OnceValues(func() ([]harness.Record, error) {
		close(stopped)
		err := <-done
		return sent, err
	})
}

// nothingArrived checks that nothing has come through since the backends were last emptied. What is sent now comes
// behind all that was taken before.
func (r *receiver) nothingArrived(ctx context.Context, t *testing.T, clients ...harness.Client) {
	t.Helper()
	load := r.nextLoad()
	send(ctx, t, load, r.backends, clients...)
	spans, _ := r.backends.Take()
	if err := spans.Audit(load.Spans).Err(); err != nil {
		t.Error("something came through:", err)
	}
}

// connections are bare TCP connections to a receiver.
type connections []net.Conn

// connect opens n connections. They are closed with the context or the test, so that no read waits forever.
func connect(ctx context.Context, t *testing.T, addr string, n int) (conns connections) {
	t.Helper()
	for i := range n {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatalf("connection %d of %d: %v", i, n, err)
		}
		leave := context.AfterFunc(ctx, func() { _ = conn.Close() })
		t.Cleanup(func() {
			leave()
			_ = conn.Close()
		})
		conns = append(conns, conn)
	}
	return conns
}

// write sends the same text on every connection and returns how many took it.
func (c connections) write(text string) (taken int) {
	for _, conn := range c {
		if _, err := fmt.Fprint(conn, text); err == nil {
			taken++
		}
	}
	return taken
}
