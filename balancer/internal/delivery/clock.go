package delivery

import "time"

// wakeAt has the clock tick at a time, or before.
func (b *Balancer) wakeAt(at, now time.Duration) {
	if at >= b.armed || b.halted {
		return
	}
	b.armed = at
	if b.timer == nil {
		b.timer = time.AfterFunc(at-now, b.tick)
		return
	}
	b.timer.Reset(at - now)
}

// wakeFor has the clock tick when there will be something to do for a backend. What does not lack time but a call that
// must end first, is for whoever ends it to look for.
func (b *Balancer) wakeFor(be *backend, now time.Duration) {
	at := never
	if be.waiting.head != nil {
		at = be.due
	}
	if be.failing() {
		at = be.notBefore
	}
	if at = max(at, be.notBefore); at > now && at < b.armed {
		b.wakeAt(at, b.now())
	}
}

// tick does what is due. Backends for which something will be due in a moment are not given a tick of their own.
func (b *Balancer) tick() {
	b.mu.Lock()
	defer b.unlock()
	b.armed = never
	if b.halted {
		return
	}
	now := b.now()
	soon := now + b.config.SendingQueue.Batch.FlushTimeout/8
	sweep := b.config.RetryOnFailure.MaxElapsedTime > 0 && now >= b.sweepAt
	if sweep {
		b.sweepAt = now + b.config.RetryOnFailure.InitialInterval
	}
	for _, be := range b.route.Load().backends {
		if be.failing() {
			b.lookAfter(be, now, sweep)
			b.poke(be, now)
		} else {
			b.poke(be, soon)
		}
	}
	b.tickMover(now, sweep)
}

// lookAfter does what is due for a backend that fails.
func (b *Balancer) lookAfter(be *backend, now time.Duration, sweep bool) {
	if be.health == up {
		if down := be.failingSince + b.config.RetryOnFailure.FailoverAfter; now < down {
			b.wakeAt(down, now)
		} else {
			b.fail(be)
		}
	}
	if sweep {
		b.expire(&be.waiting, now)
	}
	b.sweepSoon(&be.waiting)
}

// tickMover goes on with what could not be moved, and with what has nowhere to go.
func (b *Balancer) tickMover(now time.Duration, sweep bool) {
	if sweep {
		b.expire(&b.moving, now)
	}
	b.sweepSoon(&b.moving)
	if now >= b.moveAt {
		b.moveAt = 0
		b.startMover()
	} else {
		b.wakeAt(b.moveAt, now)
	}
}

// sweepSoon has the clock tick for what may become too old.
func (b *Balancer) sweepSoon(l *list) {
	if b.config.RetryOnFailure.MaxElapsedTime > 0 && l.head != nil {
		now := b.now()
		b.wakeAt(max(b.sweepAt, now), now)
	}
}

// expire gives up what has waited for too long in a list.
func (b *Balancer) expire(l *list, now time.Duration) {
	for s := l.head; s != nil; {
		next := s.next
		if b.expired(s, now) {
			l.remove(s)
			b.giveUp(s, s.lastCode())
		}
		s = next
	}
}

func (b *Balancer) expired(s *share, now time.Duration) bool {
	longest := b.config.RetryOnFailure.MaxElapsedTime
	return longest > 0 && now-s.since >= longest
}
