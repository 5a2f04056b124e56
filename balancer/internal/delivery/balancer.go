// Package delivery brings OTLP requests to backends: it splits each into shares, one for each backend that gets some of
// it, queues these in memory or on a storage, merges those of one backend into calls, and goes on until each share is
// answered. Backends fail alone: their shares wait, and go to others after a while. What is acknowledged is counted in
// the end as sent, failed, rejected or dropped, to the record.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
)

// Table says to which backend a key belongs.
type Table interface {
	// Backends are the backends, in the order of the indexes that the other methods return.
	Backends() []string
	// Place is the backend of a key.
	Place(key []byte) int
	// PlaceAmong is the first usable backend in the order in which backends stand in for each other; -1: there is none.
	PlaceAmong(key []byte, usable func(int) bool) int
}

// Splitter takes requests apart. It is used by many at a time.
type Splitter interface {
	// Split asks place for the target of each piece of a request. The parts do not share memory with the request, and
	// have no more than most bytes together, unless that is 0.
	Split(request []byte, most int, place func(key []byte) int) ([]otlpwire.Part, error)
}

// Conn is a connection to one backend. It is used by many at a time.
type Conn interface {
	// Export makes one call. The error is a gRPC status. An empty body is a request without data, which asks whether the
	// backend is there. The body must not be changed. What still reads it after the call, as a transport does when the
	// backend answered before it had all of it, or not at all, has to hold a reference to it.
	Export(ctx context.Context, body mem.Buffer) (answer []byte, err error)
	Close() error
}

// Settings is what a Balancer is made of.
type Settings struct {
	Signal    otlpwire.Signal
	Splitter  Splitter
	Table     func(backends []string) (Table, error)
	Dial      func(endpoint string) (Conn, error) // does not wait for the connection
	Config    Config
	Telemetry component.TelemetrySettings
	Owner     attribute.KeyValue           // whose metrics these are: the collector has one gauge for all components
	Status    func(*componentstatus.Event) // gets the status of the component when it changes; may be nil
}

// A Balancer takes requests and brings them to backends.
//
// One lock guards all of its state. It is held to move shares between lists and to count, never during a call, a split,
// or what the storage does.
type Balancer struct {
	set      Settings
	config   Config
	log      *zap.Logger
	count    *telemetry
	epoch    time.Time // when the balancer's clock began
	store    *store    // nil: the queue is in memory
	calls    context.Context
	endCalls context.CancelFunc
	running  sync.WaitGroup // senders and the mover

	errFull, errStopped, errNoAnswer error // what senders get

	setting sync.Mutex            // held while the list of backends changes
	route   atomic.Pointer[route] // by which new shares are made; stored under mu

	mu        sync.Mutex
	after     []func() // what whoever unlocks has to do then
	started   bool
	stopping  bool
	halted    bool
	drained   chan struct{} // closed when a stop need not wait any longer; nil: there is no stop yet
	isDrained bool

	bytes, records int // accepted and not answered
	kept           int // bytes in memory of what is stored
	taking         int // requests that are being stored
	calling        int // calls that are made
	moving         list
	mover          bool          // it runs
	moveAt         time.Duration // not before this: the storage failed

	timer   *time.Timer
	armed   time.Duration // when the timer fires; never: it does not
	sweepAt time.Duration // when to look for what is too old

	reporting sync.Mutex // held while the status is reported
	reported  bool       // that no backend is usable, and not that one is again
}

// never is a time that does not come, on the balancer's clock.
const never = time.Duration(math.MaxInt64)

// New makes a Balancer that has no backends. Its configuration must be valid.
func New(set Settings) (*Balancer, error) {
	if err := set.Config.Validate(); err != nil {
		return nil, err
	}
	table, err := set.Table(nil)
	if err != nil {
		return nil, fmt.Errorf("cannot make a table without backends: %w", err)
	}
	retryAfter := set.Config.RetryOnFailure.InitialInterval
	b := &Balancer{
		set: set, config: set.Config, log: set.Telemetry.Logger.With(zap.Stringer("signal", set.Signal)),
		epoch: time.Now(), armed: never,
		errFull:     retryable(codes.ResourceExhausted, "the queue of the load balancer is full", retryAfter),
		errStopped:  retryable(codes.Unavailable, "the load balancer is not running", retryAfter),
		errNoAnswer: retryable(codes.Unavailable, "backends did not answer in time", retryAfter),
	}
	b.calls, b.endCalls = context.WithCancel(context.Background())
	b.route.Store(newRoute(0, table, nil))
	if b.count, err = newTelemetry(set, b); err != nil {
		return nil, errors.Join(err, b.count.close())
	}
	return b, nil
}

// Start lets the Balancer take requests. It reads what is left on a storage, which Shutdown closes. Without a storage
// the queue is in memory.
func (b *Balancer) Start(ctx context.Context, client storage.Client) error {
	if client != nil {
		b.mu.Lock()
		b.store = newStore(client, b.set.Signal.String(), b.epoch, b.log)
		b.unlock()
		if err := b.recover(ctx); err != nil {
			return errors.Join(fmt.Errorf("cannot read the queue from its storage: %w", err), b.store.close(ctx))
		}
	}
	b.mu.Lock()
	defer b.unlock()
	b.started = true
	b.sweepSoon(&b.moving)
	b.startMover()
	return nil
}

// Shutdown refuses new requests, sends what waits until the drain timeout, and ends. What is left then stays on the
// storage; without one, it is lost, which is counted and logged. With a storage, nothing is waited for but calls that
// are made and backends that answer.
func (b *Balancer) Shutdown(ctx context.Context) error {
	b.drain(ctx)
	b.halt()
	lost := b.abandon()
	if lost > 0 {
		b.count.dropped.add(lost, b.count.plain)
		b.log.Error("stopped before all data was sent: what was left in memory is lost", zap.Int("records", lost))
	}
	var errs []error
	for _, be := range b.route.Load().backends {
		errs = append(errs, be.conn.Close())
	}
	if b.store != nil {
		errs = append(errs, b.store.close(ctx))
	}
	return errors.Join(append(errs, b.count.close())...)
}

// drain refuses new requests and waits until there is nothing more to wait for.
func (b *Balancer) drain(ctx context.Context) {
	b.mu.Lock()
	b.stopping = true
	if !b.started || b.drained != nil {
		b.unlock()
		return
	}
	drained := make(chan struct{})
	b.drained = drained
	now := b.now()
	for _, be := range b.route.Load().backends {
		if be.failing() && be.health == up && b.patience() == 0 {
			b.fail(be)
		}
		b.poke(be, now)
	}
	b.unlock()

	limit := time.NewTimer(b.config.DrainTimeout)
	defer limit.Stop()
	select {
	case <-drained:
	case <-limit.C:
	case <-ctx.Done():
	}
}

// dry says that a stop need not wait any longer. What is stored need not be sent now, so that no backend that does not
// answer is waited for, but a call that is made should be, as its data may have arrived.
func (b *Balancer) dry() bool {
	if b.store == nil {
		return b.bytes == 0
	}
	route := b.route.Load()
	if b.taking > 0 || b.calling > 0 || b.mover || (b.moving.head != nil && len(route.backends) > 0 && b.moveAt == 0) {
		return false
	}
	now := b.now()
	for _, be := range route.backends {
		if be.active > 0 || (be.waiting.head != nil && be.notBefore <= now) {
			return false
		}
	}
	return true
}

// halt ends all that runs. Calls that are not answered yet never will be.
func (b *Balancer) halt() {
	b.mu.Lock()
	b.halted = true
	for _, be := range b.route.Load().backends {
		be.idle.Broadcast()
	}
	if b.timer != nil {
		b.timer.Stop()
	}
	b.unlock()
	b.endCalls()
	b.running.Wait()
}

// abandon gives those who wait their answer, and returns how many records are lost.
func (b *Balancer) abandon() int {
	b.mu.Lock()
	defer b.unlock()
	if b.store != nil {
		return 0
	}
	lost := 0
	abandon := func(l *list) {
		for s := l.head; s != nil; s = l.head {
			if l.remove(s); s.waiter == nil {
				lost += s.records
				b.settle(s)
			} else {
				b.giveUp(s, codes.Unavailable)
			}
		}
	}
	for _, be := range b.route.Load().backends {
		abandon(&be.waiting)
	}
	abandon(&b.moving)
	return lost
}

// now is the time on the balancer's clock.
func (b *Balancer) now() time.Duration { return time.Since(b.epoch) }

// unlock gives the lock back, and does what must not be done under it.
func (b *Balancer) unlock() {
	if b.drained != nil && !b.isDrained && b.dry() {
		b.isDrained = true
		close(b.drained)
	}
	after := b.after
	b.after = nil
	b.mu.Unlock()
	for _, f := range after {
		f()
	}
}
