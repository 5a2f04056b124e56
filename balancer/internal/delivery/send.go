package delivery

import (
	"context"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"

	"github.com/otelcol-river/otelcol-river/internal/buffers"
)

// A call carries some of the shares that wait for a backend; with none it asks whether the backend is there.
type call struct {
	shares        []*share
	size, records int
	began         time.Duration
}

// An answer is how a call ended.
type answer struct {
	err    error    // of the call
	unread error    // of the storage: there was no call
	lost   []*share // what the storage could not give back
}

// send makes calls to a backend while there is something to send, and then waits.
func (b *Balancer) send(be *backend) {
	var c call
	b.mu.Lock()
	defer b.unlock()
	for b.await(be) {
		for ok := b.take(be, &c); ok; ok = b.more(be) && b.take(be, &c) {
			b.calling++
			b.unlock()
			a := b.export(be, &c)
			b.mu.Lock()
			b.calling--
			b.conclude(be, &c, a)
			clear(c.shares) // or their requests stay in memory while the sender waits
		}
		b.rest(be)
		b.unlock() // a sender that waits gives the lock back without doing what there is to do then
		b.mu.Lock()
	}
}

// await waits until this sender is told to go on. It returns false when it is to end.
func (b *Balancer) await(be *backend) bool {
	for be.woken == 0 && !be.removed && !b.halted {
		be.idle.Wait()
	}
	if be.woken == 0 {
		return false
	}
	be.woken--
	return true
}

// more says that a sender that has made a call has the next to make.
func (b *Balancer) more(be *backend) bool {
	return be.active <= be.limit && b.ready(be, b.now())
}

// rest notes that a sender has nothing to do.
func (b *Balancer) rest(be *backend) {
	be.active--
	switch {
	case !be.removed:
		b.poke(be, b.now()) // what waits must not wait for this sender
	case be.active == 0:
		b.hangUp(be)
	}
}

// take puts what is next into a call. A backend that is down gets one share to try.
func (b *Balancer) take(be *backend, c *call) bool {
	now := b.now()
	*c = call{shares: c.shares[:0], began: now}
	if b.halted || be.removed || now < be.notBefore {
		return false
	}
	limit := b.config.SendingQueue.Batch.MaxSize
	if be.health == down {
		limit = 0
	}
	for s := be.waiting.head; s != nil; s = be.waiting.head {
		if len(c.shares) > 0 && (s.alone || c.size+s.size > limit) {
			break
		}
		be.waiting.remove(s)
		c.shares = append(c.shares, s)
		c.size += s.size
		c.records += s.records
		if s.alone {
			break
		}
	}
	if len(c.shares) == 0 {
		return be.failing() && !b.stopping
	}
	b.poke(be, now) // for what is left
	return true
}

// export makes a call, and counts what was taken and what was not.
func (b *Balancer) export(be *backend, c *call) answer {
	var a answer
	if b.store != nil {
		if a.lost, a.unread = b.load(c.shares); a.unread != nil {
			return a
		}
		if len(a.lost) > 0 {
			c.drop(a.lost)
			if len(c.shares) == 0 {
				return a
			}
		}
	}
	reply, err := b.call(be, c)
	if a.err = err; err != nil {
		return a
	}
	not, why := rejected(reply, c.records)
	b.count.sent.add(c.records-not, be.labels)
	b.count.rejected.add(not, be.labels)
	if not > 0 {
		b.log.Warn("a backend took a part only", zap.String("backend", be.endpoint), zap.Int("rejected", not),
			zap.String("message", why))
	}
	return a
}

// call makes a call. Requests are merged by putting one behind the other: their fields are lists.
func (b *Balancer) call(be *backend, c *call) (answer []byte, err error) {
	ctx, cancel := context.WithTimeout(b.calls, b.config.Timeout)
	defer cancel()
	body := c.body()
	defer body.Free()
	return be.conn.Export(ctx, body)
}

// body is what a call carries: a share as it is, or a copy of several.
func (c *call) body() mem.Buffer {
	switch len(c.shares) {
	case 0:
		return mem.SliceBuffer(nil)
	case 1:
		return mem.SliceBuffer(c.shares[0].body)
	}
	merged := buffers.Shared.Get(c.size)
	*merged = (*merged)[:0]
	for _, s := range c.shares {
		*merged = append(*merged, s.body...)
	}
	return mem.NewBuffer(merged, buffers.Shared)
}

// drop takes shares out of a call.
func (c *call) drop(lost []*share) {
	out := make(map[*share]bool, len(lost))
	for _, s := range lost {
		out[s] = true
	}
	left := c.shares[:0]
	for _, s := range c.shares {
		if out[s] {
			c.size -= s.size
			c.records -= s.records
		} else {
			left = append(left, s)
		}
	}
	c.shares = left
}

// conclude does with the shares of a call what its answer asks for.
func (b *Balancer) conclude(be *backend, c *call, a answer) {
	for _, s := range a.lost {
		b.lose(s)
	}
	if a.unread != nil {
		b.log.Error("the storage cannot be read", zap.Error(a.unread))
		be.notBefore = max(be.notBefore, b.now()+b.config.RetryOnFailure.InitialInterval)
		b.putBack(be, c, codes.Unavailable)
		return
	}
	if len(c.shares) == 0 && len(a.lost) > 0 {
		return // there was no call
	}
	if a.err == nil {
		b.answered(be, len(c.shares) > 0)
		for _, s := range c.shares {
			b.settle(s)
		}
		return
	}
	switch f := classify(a.err); {
	case b.halted: // that may be why
		b.putBack(be, c, f.code)
	case f.retryable:
		b.failed(be, c.began, f)
		b.count.retried.add(b.putBack(be, c, f.code), be.labels)
	default:
		b.answered(be, len(c.shares) > 0)
		b.refuse(be, c, f)
	}
}

// putBack has the shares of a call sent again, and returns how many records these are. They come first again, unless
// others are to get them by now, or they are given up.
func (b *Balancer) putBack(be *backend, c *call, code codes.Code) int {
	now := b.now()
	records := 0
	for i := len(c.shares) - 1; i >= 0; i-- {
		s := c.shares[i]
		if b.expired(s, now) || (s.waiter != nil && s.waiter.gone) {
			b.giveUp(s, code)
			continue
		}
		records += s.records
		b.release(s)
		if s.made < be.stale {
			b.setMoving(s)
			continue
		}
		be.waiting.pushFront(s)
		be.due = now
	}
	b.startMover()
	return records
}

// refuse ends a share that a backend refused for good. Of several it is not known which one is meant, so they are sent
// again, each alone.
func (b *Balancer) refuse(be *backend, c *call, f failure) {
	if len(c.shares) != 1 {
		for _, s := range c.shares {
			s.alone = true
		}
		b.putBack(be, c, f.code)
		return
	}
	s := c.shares[0]
	if s.waiter != nil && s.waiter.refusal == nil {
		s.waiter.refusal = f.err
	}
	b.tell(be, f, "a backend refused data for good: it is not sent again")
	b.count.giveUp(s.records, be, f.code)
	b.settle(s)
}
