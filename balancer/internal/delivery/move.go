package delivery

import (
	"errors"
	"time"

	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
)

// The mover takes so much at a time; with a storage, that is one batch.
const (
	movedShares = 64
	movedBytes  = 1 << 20
)

// A move is a share that is split again.
type move struct {
	from *share
	plan *plan // what becomes of it; nil: it cannot be read
}

// startMover has shares that must be split again split, unless they are already, or there is nobody to get them.
func (b *Balancer) startMover() {
	if !b.started || b.halted || b.mover || b.moving.head == nil || b.moveAt > 0 || len(b.route.Load().backends) == 0 {
		return
	}
	b.mover = true
	b.running.Go(func() {
		for b.moveSome() {
		}
	})
}

// moveSome splits some of what must be split again, and returns whether it is to be called again.
func (b *Balancer) moveSome() bool {
	shares, route := b.nextMoves()
	if shares == nil {
		return false
	}
	lost, err := b.load(shares)
	if err != nil {
		b.moveLater(shares, err)
		return false
	}
	moves := b.planMoves(route, shares, lost)
	b.replaceStored(moves)
	b.mu.Lock()
	defer b.unlock()
	for _, m := range moves {
		b.finishMove(m)
	}
	return true
}

// nextMoves takes shares out of the list of those that must be split again.
func (b *Balancer) nextMoves() ([]*share, *route) {
	b.mu.Lock()
	defer b.unlock()
	route := b.route.Load()
	var shares []*share
	size := 0
	if !b.halted && len(route.backends) > 0 {
		for s := b.moving.head; s != nil && len(shares) < movedShares && size < movedBytes; s = b.moving.head {
			b.moving.remove(s)
			shares = append(shares, s)
			size += s.size
		}
	}
	b.mover = shares != nil
	return shares, route
}

// moveLater puts shares back that the storage did not give out.
func (b *Balancer) moveLater(shares []*share, err error) {
	b.log.Error("the storage cannot be read", zap.Error(err))
	b.mu.Lock()
	defer b.unlock()
	for i := len(shares) - 1; i >= 0; i-- {
		b.moving.pushFront(shares[i])
	}
	b.mover = false
	now := b.now()
	b.moveAt = now + b.config.RetryOnFailure.InitialInterval
	b.wakeAt(b.moveAt, now)
}

// planMoves splits shares by a route, and makes room for what comes of it.
func (b *Balancer) planMoves(route *route, shares, lost []*share) []move {
	gone := make(map[*share]bool, len(lost))
	for _, s := range lost {
		gone[s] = true
	}
	moves := make([]move, 0, len(shares))
	for _, s := range shares {
		m := move{from: s}
		if !gone[s] {
			m.plan = b.planMove(route, s)
		}
		moves = append(moves, m)
	}
	return moves
}

func (b *Balancer) planMove(route *route, s *share) *plan {
	p, err := b.divide(route, s.body, 0)
	if err == nil && len(p.shares) == 0 {
		err = errNothing
	}
	if err == nil {
		err = b.makeRoom(p)
	}
	if err != nil {
		b.log.Error("data of the queue cannot be split", zap.Error(err))
		return nil
	}
	b.unlock()
	return p
}

var errNothing = errors.New("there is nothing in it")

// pieces are what a share is replaced by; none, when all of it has the same backend, and it can stay as it is.
func (m move) pieces() []share {
	if m.plan == nil || len(m.plan.shares) == 1 {
		return nil
	}
	return m.plan.shares
}

// replaceStored puts the pieces of shares in their places on the storage.
func (b *Balancer) replaceStored(moves []move) {
	if b.store == nil {
		return
	}
	var pieces, old []*share
	for _, m := range moves {
		if len(m.pieces()) == 0 {
			continue
		}
		if m.from.whole != nil { // or its pieces would be stored twice
			m.attach()
			continue
		}
		for i := range m.plan.shares {
			m.plan.shares[i].since = m.from.since
			pieces = append(pieces, &m.plan.shares[i])
		}
		old = append(old, m.from)
	}
	if len(pieces) == 0 {
		return
	}
	err := b.store.put(pieces, old)
	if err == nil {
		return
	}
	b.log.Warn("data that was split again cannot be stored so: it may be sent twice after a crash", zap.Error(err))
	for _, m := range moves {
		if m.from.whole == nil {
			m.attach()
		}
	}
}

// attach has the stored item of a share wait for its pieces. These have keys of their own if the storage refused them:
// it may have taken them nevertheless.
func (m move) attach() {
	pieces := m.pieces()
	w := &whole{key: m.from.key, pieces: len(pieces), outer: m.from.whole}
	for i := range pieces {
		pieces[i].whole = w
	}
}

// finishMove gives a share, or its pieces, to the backends.
func (b *Balancer) finishMove(m move) {
	now := b.now()
	pieces := m.pieces()
	switch {
	case m.plan == nil:
		b.lose(m.from)
	case len(pieces) == 0:
		b.finishWhole(m.from, &m.plan.shares[0], now)
	default:
		b.replace(m.from, pieces)
		for i := range pieces {
			b.arrive(&pieces[i], m.from.home, now)
		}
	}
}

// finishWhole gives a share to the backend that a plan found for all of it.
func (b *Balancer) finishWhole(s, planned *share, now time.Duration) {
	b.discharge(planned)
	from := s.home
	s.made, s.home = planned.made, planned.home
	s.home.bytes += s.size
	s.charged = true
	b.arrive(s, from, now)
}

// replace puts the pieces of a share in its place on the books.
func (b *Balancer) replace(s *share, pieces []share) {
	for i := range pieces {
		p := &pieces[i]
		p.since, p.alone, p.waiter = s.since, s.alone, s.waiter
		b.bytes += p.size
		b.records += p.records
		if w := s.waiter; w != nil {
			w.open++
			w.pieces = append(w.pieces, p)
		}
	}
	b.bytes -= s.size
	b.records -= s.records
	b.unkeep(s)
	s.body = nil
	if s.waiter != nil {
		s.waiter.settled()
	}
}

// arrive queues a share that was on the move.
func (b *Balancer) arrive(s *share, from *backend, now time.Duration) {
	if s.waiter != nil && s.waiter.gone {
		b.giveUp(s, codes.Canceled)
		return
	}
	if from != nil && from != s.home {
		b.count.rerouted.add(s.records, from.labels)
	}
	b.keep(s)
	b.enqueue(s, now)
}
