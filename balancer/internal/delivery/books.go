package delivery

import (
	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
)

// keptSize is how many bytes of what is stored are also kept in memory, so that they need not be read to be sent.
const keptSize = 64 << 20

// discharge takes a share off what its backend holds.
func (b *Balancer) discharge(s *share) {
	if s.charged {
		s.home.bytes -= s.size
		s.charged = false
	}
}

// settle takes a share that is done with off the books.
func (b *Balancer) settle(s *share) {
	b.discharge(s)
	b.bytes -= s.size
	b.records -= s.records
	b.unkeep(s)
	s.body = nil // the other shares of its request may stay for long
	if b.store != nil {
		b.store.forget(s)
	}
	if w := s.waiter; w != nil {
		w.settled()
	}
}

// giveUp settles a share that no backend took, for the reason that a status says.
func (b *Balancer) giveUp(s *share, c codes.Code) {
	b.count.giveUp(s.records, s.home, c)
	if s.waiter != nil {
		s.waiter.missing = true
	}
	b.settle(s)
}

// lose settles a share that cannot be read any more.
func (b *Balancer) lose(s *share) {
	b.count.dropped.add(s.records, b.count.plain)
	b.log.Error("data of the queue cannot be read: it is lost", zap.Int("records", s.records))
	if s.waiter != nil {
		s.waiter.missing = true
	}
	b.settle(s)
}

// lastCode is why a share that waits was not taken yet.
func (s *share) lastCode() codes.Code {
	if s.home == nil || s.home.lastCode == codes.OK {
		return codes.Unavailable
	}
	return s.home.lastCode
}

// keep decides whether a share that is stored keeps its body in memory.
func (b *Balancer) keep(s *share) {
	switch {
	case s.body == nil || s.kept || b.store == nil:
	case s.whole == nil && b.kept+s.size > keptSize:
		s.body = nil
	default:
		s.kept = true
		b.kept += s.size
	}
}

// release lets go of a body that was read to be sent.
func (b *Balancer) release(s *share) {
	if b.store != nil {
		b.keep(s)
	}
}

func (b *Balancer) unkeep(s *share) {
	if s.kept {
		s.kept = false
		b.kept -= s.size
	}
}
