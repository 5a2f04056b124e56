package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/extension/xextension/storage"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
)

// Take takes a request. With a queue it returns once the request is in there, without one when backends have answered.
// The error is a gRPC status: one that is not retryable if the request cannot be read, is larger than the queue, or
// was refused for good; else it is retryable, and says when to come again. With a queue, nothing is taken then.
// Without one, what backends have taken already stays taken. The request belongs to the caller again afterwards.
func (b *Balancer) Take(ctx context.Context, request []byte) error {
	p, err := b.divide(b.route.Load(), request, b.config.SendingQueue.QueueSize)
	if err != nil {
		return b.notDivided(err)
	}
	if len(p.shares) == 0 {
		return nil
	}
	var w *waiter
	if !b.config.SendingQueue.Enabled {
		w = &waiter{done: make(chan struct{})}
	}
	records := p.records()
	if err := b.accept(p, w); err != nil {
		b.count.refused.add(records, b.count.plain)
		return err
	}
	b.count.accepted.add(records, b.count.plain)
	if w != nil {
		return b.wait(ctx, w, p.shares)
	}
	return nil
}

// notDivided says why a request cannot be taken apart. One that is too large is not asked to come again, for there will
// never be room.
func (b *Balancer) notDivided(err error) error {
	var large *otlpwire.TooLarge
	if !errors.As(err, &large) {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	b.count.refused.add(large.Records, b.count.plain)
	return status.Error(codes.ResourceExhausted, fmt.Sprintf("the request, of %d bytes for all backends together, "+
		"is larger than sending_queue::queue_size, which is %d", large.Size, b.config.SendingQueue.QueueSize))
}

// accept queues a plan, or refuses it.
func (b *Balancer) accept(p *plan, w *waiter) error {
	if err := b.makeRoom(p); err != nil { // holds the lock from here on
		if errors.As(err, new(*otlpwire.TooLarge)) { // in as many pieces as there are now, as some backends have no room
			return b.errFull
		}
		return status.Error(codes.Internal, err.Error())
	}
	if err := b.admit(p); err != nil {
		b.cancel(p)
		b.unlock()
		return err
	}
	now := b.now()
	for i := range p.shares {
		p.shares[i].since = now
		p.shares[i].waiter = w
	}
	if w != nil {
		w.open = len(p.shares)
	}
	b.bytes += p.bytes()
	b.records += p.records()
	if b.store != nil {
		if err := b.storeNew(p); err != nil {
			return err
		}
	}
	for i := range p.shares {
		b.enqueue(&p.shares[i], now)
	}
	p.countSpills(b.count)
	b.startMover()
	b.unlock()
	return nil
}

// admit says why a plan is not accepted: it has no room, or comes too late.
func (b *Balancer) admit(p *plan) error {
	switch {
	case !b.started || b.stopping:
		return b.errStopped
	case b.bytes+p.bytes() > b.config.SendingQueue.QueueSize:
		return b.errFull
	default:
		return nil
	}
}

// storeNew puts a plan on the storage. It gives the lock back meanwhile, and for good if that fails.
func (b *Balancer) storeNew(p *plan) error {
	shares := make([]*share, len(p.shares))
	for i := range p.shares {
		shares[i] = &p.shares[i]
	}
	b.taking++
	b.unlock()
	err := b.store.put(shares, nil)
	b.mu.Lock()
	b.taking--
	if err == nil {
		for _, s := range shares {
			b.keep(s)
		}
		return nil
	}
	for _, s := range shares {
		b.settle(s) // deletes it, too: that it was not stored is what the storage says, but it may be wrong
	}
	b.unlock()
	code := codes.Unavailable
	if errors.Is(err, storage.ErrStorageFull) {
		code = codes.ResourceExhausted
	}
	return retryable(code, fmt.Sprintf("the queue cannot be stored: %v", err), b.retryAfter())
}

func (b *Balancer) retryAfter() time.Duration { return b.config.RetryOnFailure.InitialInterval }
