package delivery

import (
	"math/rand/v2"
	"sync"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
)

// health is how it stands with a backend.
type health uint8

const (
	// up: it gets what belongs to it. It may be failing, but not for long yet.
	up health = iota
	// down: it has not answered for long. Others get what belongs to it; it is asked from time to time.
	down
	// returning: it answered again, and gets what belongs to it, with one call at a time, then two, four, until it is up.
	// It is down again at the first failure.
	returning
)

// A backend is one of those that get shares.
type backend struct {
	endpoint string
	conn     Conn
	labels   labels

	waiting list
	bytes   int           // of what waits, of what its calls carry, and of what is about to come
	due     time.Duration // what waits does not wait for more after this
	stale   uint64        // what was made by older routes than this must be split again
	removed bool          // it is not in the list any more

	// Senders make the calls. They are started when needed, and stay.
	idle    *sync.Cond // where those wait that have nothing to do
	senders int
	active  int // how many do not wait, or were told to go on
	woken   int // how many were told to go on and did not yet

	health       health
	limit        int           // calls at a time
	failures     int           // since it last answered a real call
	failingSince time.Duration // when the first call began that failed since the last answer; never: none did
	notBefore    time.Duration // when to call again
	asked        time.Duration // when it said to call again
	lastFailure  time.Duration
	lastCode     codes.Code
}

func (b *Balancer) newBackend(endpoint string, conn Conn) *backend {
	return &backend{
		endpoint: endpoint, conn: conn, labels: b.count.ofBackend(endpoint),
		idle: sync.NewCond(&b.mu), limit: b.config.MaxInFlight, failingSince: never,
	}
}

func (be *backend) usable() bool { return be.health != down }

func (be *backend) failing() bool { return be.failingSince != never }

// enqueue gives a share to its backend, or to the mover if the route by which it was made has gone.
func (b *Balancer) enqueue(s *share, now time.Duration) {
	be := s.home
	if be == nil || s.made < be.stale {
		b.setMoving(s)
		return
	}
	if be.waiting.head == nil {
		be.due = now + b.config.SendingQueue.Batch.FlushTimeout
	}
	be.waiting.pushBack(s)
	b.poke(be, now)
}

// ready says that a sender would find something to do.
func (b *Balancer) ready(be *backend, now time.Duration) bool {
	if b.halted || be.removed || now < be.notBefore {
		return false
	}
	if be.waiting.head == nil {
		return be.failing() && !b.stopping // then it is asked whether it is there
	}
	return be.waiting.bytes >= b.config.SendingQueue.Batch.MinSize || now >= be.due || be.failing() || b.stopping
}

// poke wakes a sender of a backend if there is something to do, or has the clock do so in time. One is enough: it wakes
// the next when it leaves something.
func (b *Balancer) poke(be *backend, now time.Duration) {
	if be.woken > 0 || be.active >= be.limit {
		return
	}
	if !b.ready(be, now) {
		b.wakeFor(be, now)
		return
	}
	be.woken++
	be.active++
	if be.senders >= be.active {
		be.idle.Signal()
		return
	}
	be.senders++
	b.running.Go(func() { b.send(be) })
}

// failed notes that a call that began at some time was not answered.
func (b *Balancer) failed(be *backend, began time.Duration, f failure) {
	now := b.now()
	fresh := began >= be.lastFailure // otherwise the call was made before it was known
	if !be.failing() {
		be.failingSince = began
		b.tell(be, f, "a backend does not answer: its data waits")
		b.wakeAt(began+b.config.RetryOnFailure.FailoverAfter, now)
	}
	be.lastCode = f.code
	if fresh {
		be.failures++
		be.lastFailure = now
		be.notBefore = now + b.backOff(be.failures)
	}
	if f.delay > 0 {
		be.asked = max(be.asked, now+f.delay)
		be.notBefore = max(be.notBefore, be.asked)
	}
	be.limit = 1
	if be.health == returning || (be.health == up && now >= be.failingSince+b.patience()) {
		b.fail(be)
	}
}

// patience is how long a backend may fail until others get its data. A stop is not held up by one.
func (b *Balancer) patience() time.Duration {
	if b.stopping && b.store == nil {
		return 0
	}
	return b.config.RetryOnFailure.FailoverAfter
}

// fail has others get what belongs to a backend, unless it was removed and they do already.
func (b *Balancer) fail(be *backend) {
	be.health = down
	if be.removed {
		return
	}
	b.log.Warn("a backend is down: others get its data", zap.String("backend", be.endpoint),
		zap.String("status", codeName(be.lastCode)))
	b.reroute(be)
}

// answered notes that a backend answered a call. An answer to a real call raises the number of calls at a time.
func (b *Balancer) answered(be *backend, real bool) {
	be.failingSince = never
	be.notBefore = be.asked // which holds for this answer to another call, too
	if be.health == down {
		be.health, be.limit = returning, 1
		if !be.removed {
			b.log.Info("a backend answers again: it gets its data", zap.String("backend", be.endpoint))
			b.reroute(nil)
		}
		return
	}
	if !real {
		return
	}
	be.failures = 0
	if be.limit = min(2*be.limit, b.config.MaxInFlight); be.limit == b.config.MaxInFlight {
		be.health = up
	}
}

// backOff is how long to wait after so many failures: twice as long each time, and never all balancers at once.
func (b *Balancer) backOff(failures int) time.Duration {
	r := b.config.RetryOnFailure
	wait := r.MaxInterval
	if shift := failures - 1; shift < 32 && r.InitialInterval < r.MaxInterval>>shift {
		wait = r.InitialInterval << shift
	}
	return wait - rand.N(wait/2+1)
}

// tell logs what a backend answered.
func (b *Balancer) tell(be *backend, f failure, message string) {
	b.after = append(b.after, func() {
		b.log.Warn(message, zap.String("backend", be.endpoint), zap.String("status", codeName(f.code)), zap.Error(f.err))
	})
}
