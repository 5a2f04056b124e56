package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// balancerBackends are the backends of tests in which it does not matter how many there are.
var balancerBackends = endpointsAt(backendAddresses...)

// TestBalancerStoredQueue: what is acknowledged while all backends are away survives a stop, and arrives exactly once
// after the next start. What arrived before is not sent again.
func TestBalancerStoredQueue(t *testing.T) {
	forEachDoor(t, func(ctx context.Context, t *testing.T, d door) {
		f := d.form(list(balancerBackends...), staysPatient, storedQueue).storing(t.TempDir())
		shape := harness.Shape{Seed: 44, Traces: 600, Spans: 6, Services: 9, Logs: 3, Points: 2}

		backends := startBackends(t, nil, balancerBackends...)
		lb := startDoor(ctx, t, f)
		client := newClient(t, harness.NewGRPCClient, grpcAddr)
		delivered := harness.NewLoad(shape)
		if err := delivered.Send(ctx, nil, client); err != nil {
			t.Fatal(err)
		}
		settles(ctx, t)
		exactlyOnce(t, backends, delivered)

		backends.Stop()
		shape.Seed++
		held := harness.NewLoad(shape)
		if err := held.Send(ctx, nil, client); err != nil {
			t.Fatal(err)
		}
		all := len(held.Spans) + len(held.Logs) + len(held.Points)
		if n := measured(ctx, t, "queue_records", "", ""); n != all {
			t.Errorf("the queue has %d records, %d were acknowledged", n, all)
		}
		if err := lb.Stop(); err != nil {
			t.Fatal(err)
		}
		exactlyOnce(t, backends, harness.Load{})

		backends = startBackends(t, nil, balancerBackends...)
		lb = startDoor(ctx, t, f)
		arrived(ctx, t, backends, len(held.Spans), len(held.Logs))
		settles(ctx, t)
		if err := lb.Stop(); err != nil {
			t.Fatal(err)
		}
		exactlyOnce(t, backends, held)
	})
}

// TestBalancerMemoryQueue: what is left in memory at a stop is lost, and the log says how much that is.
func TestBalancerMemoryQueue(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		lb := startDoor(ctx, t, receiverDoor.form(list(balancerBackends...), staysPatient, "drain_timeout: 100ms"))
		load := harness.NewLoad(harness.Shape{Seed: 45, Traces: 100, Spans: 4, Services: 9})
		if err := load.Send(ctx, nil, newClient(t, harness.NewGRPCClient, grpcAddr)); err != nil {
			t.Fatal(err)
		}
		if err := lb.Stop(); err != nil {
			t.Fatal(err)
		}
		said := fmt.Sprintf(`"records": %d`, len(load.Spans))
		for line := range strings.Lines(lb.Log()) {
			if strings.Contains(line, "what was left in memory is lost") && strings.Contains(line, said) {
				return
			}
		}
		t.Errorf("the log does not say %q of what is lost", said)
	})
}

// TestBalancerDamagedQueue: what cannot be read any more is counted as dropped.
func TestBalancerDamagedQueue(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		folder := t.TempDir()
		f := receiverDoor.form(list(balancerBackends...), staysPatient, storedQueue).storing(folder)
		lb := startDoor(ctx, t, f)
		load := harness.NewLoad(harness.Shape{Seed: 46, Traces: 100, Spans: 4, Services: 9})
		if err := load.Send(ctx, nil, newClient(t, harness.NewGRPCClient, grpcAddr)); err != nil {
			t.Fatal(err)
		}
		if err := lb.Stop(); err != nil {
			t.Fatal(err)
		}
		damage(t, folder, "work of service-", "work of survice-")
		startDoor(ctx, t, f)
		measures(ctx, t, "dropped", "signal", "traces", len(load.Spans))
		settles(ctx, t)
		exposed(ctx, t, "dropped")
	})
}

// damage changes a text in the files of a folder, of which at least one has it.
func damage(t *testing.T, folder, text, changed string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found += bytes.Count(content, []byte(text))
		content = bytes.ReplaceAll(content, []byte(text), []byte(changed))
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if found == 0 {
		t.Fatalf("nothing in %v holds %q", files, text)
	}
}

// TestBalancerKilled kills the balancer under load. Nothing that was acknowledged is lost. What was answered long
// before does not come again: once a request is stored, all is deleted that was answered when it came. Of the rest
// comes again what the docs say: what was answered within the last tenth of a second, and while the disk wrote.
func TestBalancerKilled(t *testing.T) {
	const tenth, writing = 100 * time.Millisecond, 2 * time.Second // the disk of a busy machine
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		backends := startRecorders(ctx, t)
		f := receiverDoor.formOf("traces", list(balancerBackends...), storedQueue).storing(t.TempDir())
		lb := startDoor(ctx, t, f)
		client := newClient(t, harness.NewGRPCClient, grpcAddr)
		old := harness.NewLoad(harness.Shape{Seed: 47, Traces: 600, Spans: 4, Services: 9})
		if err := old.Send(ctx, nil, client); err != nil {
			t.Fatal(err)
		}
		settles(ctx, t)
		border := harness.NewLoad(harness.Shape{Seed: 48, Traces: 1, Spans: 1, Services: 1})
		if err := border.Send(ctx, nil, client); err != nil {
			t.Fatal(err)
		}

		burst := newBurst(ctx)
		burst.acknowledges(ctx, t, 5000)
		if err := lb.Kill(); err != nil {
			t.Fatal(err)
		}
		killed := time.Now()
		acknowledged, unknown := burst.end()
		startDoor(ctx, t, f)
		arrivals := backends.settle(ctx, t, acknowledged)

		repeated, oldest := 0, time.Duration(0)
		for record, times := range arrivals {
			if len(times) == 1 {
				continue
			}
			repeated++
			age := killed.Sub(times[0])
			oldest = max(oldest, age)
			if age > tenth+writing {
				t.Errorf("span %s came again, that had come %s before", record.Span, age)
			}
		}
		for _, r := range old.Spans {
			if n := len(arrivals[r]); n != 1 {
				t.Fatalf("span %s, answered before the border, came %d times", r.Span, n)
			}
		}
		t.Logf("%d spans acknowledged, %d with an unknown answer, %d came again, the first of them %s before the kill",
			len(acknowledged), unknown, repeated, oldest.Round(time.Millisecond))
	})
}

// recorders are backends that note when each span comes.
type recorders []*harness.BackendProcess

func startRecorders(ctx context.Context, t *testing.T) (all recorders) {
	t.Helper()
	folder := t.TempDir()
	for i, addr := range balancerBackends {
		b, err := harness.StartBackendProcess(ctx, addr, fmt.Sprintf("127.0.0.%d:8000", 100+i),
			filepath.Join(folder, fmt.Sprint(i)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := b.Kill(); err != nil {
				t.Error(err)
			}
		})
		all = append(all, b)
	}
	return all
}

// settle waits until the queue is empty, checks that all these records have come, and returns when each span came.
func (all recorders) settle(ctx context.Context, t *testing.T, want []harness.Record) map[harness.Record][]time.Time {
	t.Helper()
	settles(ctx, t)
	came := map[harness.Record][]time.Time{}
	for _, b := range all {
		arrivals, err := b.Arrivals()
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range arrivals {
			came[a.Record] = append(came[a.Record], a.Time)
		}
	}
	missing := 0
	for _, r := range want {
		if len(came[r]) == 0 {
			missing++
		}
	}
	if missing > 0 {
		t.Errorf("%d of %d acknowledged spans are lost", missing, len(want))
	}
	return came
}

// burst sends requests at the same time, each once, until one fails.
type burst struct {
	senders sync.WaitGroup
	clients []harness.Client

	mu           sync.Mutex
	acknowledged []harness.Record
	unknown      int // spans of requests that got no answer, or another one
}

func newBurst(ctx context.Context) *burst {
	b := &burst{}
	for i := range uint64(4) {
		client, err := harness.NewGRPCClient(grpcAddr)
		if err != nil {
			continue // acknowledges will say that nothing comes
		}
		b.clients = append(b.clients, client)
		b.senders.Go(func() { b.send(ctx, client, 10_000*(i+1)) })
	}
	return b
}

func (b *burst) send(ctx context.Context, client harness.Client, seed uint64) {
	for ; ; seed++ {
		load := harness.NewLoad(harness.Shape{Seed: seed, Traces: 100, Spans: 4, Services: 9})
		for _, request := range load.Requests() {
			err := request.SendOnce(ctx, client)
			b.mu.Lock()
			if err == nil {
				b.acknowledged = append(b.acknowledged, request.Spans...)
			} else {
				b.unknown += len(request.Spans)
			}
			b.mu.Unlock()
			if err != nil {
				return
			}
		}
	}
}

// acknowledges waits until so many spans are acknowledged.
func (b *burst) acknowledges(ctx context.Context, t *testing.T, spans int) {
	t.Helper()
	err := harness.Until(ctx, "spans to be acknowledged", func() (bool, string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		return len(b.acknowledged) >= spans, fmt.Sprint(len(b.acknowledged))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// end waits until all senders have failed.
func (b *burst) end() (acknowledged []harness.Record, unknown int) {
	b.senders.Wait()
	for _, client := range b.clients {
		_ = client.Close()
	}
	return b.acknowledged, b.unknown
}
