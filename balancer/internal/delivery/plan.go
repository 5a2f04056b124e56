package delivery

import (
	"cmp"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
)

// A plan is how a request, or a share that must be split again, is divided among backends.
type plan struct {
	route   *route
	most    int // how many bytes its shares may have; 0: any
	shares  []share
	full    map[*backend]bool // backends that have no room for some of it
	misfits []int             // the shares for which there was no room
}

// divide splits a body by a route, into shares of no more than most bytes. It may be called without the lock.
func (b *Balancer) divide(r *route, body []byte, most int) (*plan, error) {
	p := &plan{route: r, most: most}
	return p, b.split(p, body, r.place, nil)
}

// split adds the shares of a body to a plan, for which a backend may have had no room.
func (b *Balancer) split(p *plan, body []byte, place func(key []byte) int, spilled *backend) error {
	parts, err := b.set.Splitter.Split(body, p.most, place)
	if err != nil {
		return err
	}
	if p.shares == nil {
		p.shares = make([]share, 0, len(parts))
	}
	for _, part := range parts {
		p.shares = append(p.shares, share{
			body: part.Body, size: len(part.Body), records: part.Records,
			made: p.route.generation, home: p.route.backend(part.Target), spilled: spilled,
		})
	}
	return nil
}

// makeRoom charges the shares of a plan to their backends. What finds no room at one is split again among those that
// have some. On success it has taken the lock, on an error it has not.
func (b *Balancer) makeRoom(p *plan) error {
	b.mu.Lock()
	for !b.charge(p) {
		b.unlock()
		if err := b.divideMisfits(p); err != nil {
			return err
		}
		b.mu.Lock()
	}
	return nil
}

// charge charges all shares of a plan to their backends, or none, noting for which there was no room. When no backend
// has room, there is nowhere else to go, and the limit of the queue as a whole remains.
func (b *Balancer) charge(p *plan) bool {
	p.misfits = p.misfits[:0]
	for i := range p.shares {
		s := &p.shares[i]
		be := s.home
		switch {
		case be == nil:
		case be.bytes+s.size > b.config.SendingQueue.BackendSize && p.elsewhere(be):
			p.misfits = append(p.misfits, i)
		default:
			be.bytes += s.size
			s.charged = true
		}
	}
	if len(p.misfits) == 0 {
		return true
	}
	b.cancel(p)
	return false
}

// cancel undoes charge.
func (b *Balancer) cancel(p *plan) {
	for i := range p.shares {
		b.discharge(&p.shares[i])
	}
}

// elsewhere notes that a backend has no room, and says whether another one may have.
func (p *plan) elsewhere(be *backend) bool {
	if !p.full[be] {
		if p.full == nil {
			p.full = make(map[*backend]bool)
		}
		p.full[be] = true
	}
	for i, other := range p.route.backends {
		if p.route.usable[i] && !p.full[other] {
			return true
		}
	}
	return false
}

// divideMisfits splits the shares again for which there was no room.
func (b *Balancer) divideMisfits(p *plan) error {
	old, misfits := p.shares, p.misfits
	p.shares = make([]share, 0, len(old)+len(p.route.backends))
	place := p.route.placeExcept(p.full)
	for i, s := range old {
		if len(misfits) == 0 || misfits[0] != i {
			p.shares = append(p.shares, s)
			continue
		}
		misfits = misfits[1:]
		if err := b.split(p, s.body, place, cmp.Or(s.spilled, s.home)); err != nil {
			return err
		}
		if size := p.bytes(); p.most > 0 && size > p.most {
			return &otlpwire.TooLarge{Size: size}
		}
	}
	return nil
}

func (p *plan) bytes() int {
	n := 0
	for i := range p.shares {
		n += p.shares[i].size
	}
	return n
}

func (p *plan) records() int {
	n := 0
	for i := range p.shares {
		n += p.shares[i].records
	}
	return n
}

// countSpills counts what did not go to its backend because that had no room. When none had any, it did after all.
func (p *plan) countSpills(t *telemetry) {
	for i := range p.shares {
		if s := &p.shares[i]; s.spilled != nil && s.spilled != s.home {
			t.rerouted.add(s.records, s.spilled.labels)
		}
	}
}
