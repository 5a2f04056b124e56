package delivery

import (
	"errors"
	"fmt"
	"slices"

	"go.opentelemetry.io/collector/component/componentstatus"
	"go.uber.org/zap"
)

// A route is by what requests are split at some time: the backends, and which of them are usable. It does not change:
// when one of these does, there is another route, of the next generation.
type route struct {
	generation uint64
	table      Table
	backends   []*backend // as the table has them
	usable     []bool
	usables    int
	place      func(key []byte) int
}

func newRoute(generation uint64, table Table, backends []*backend) *route {
	r := &route{generation: generation, table: table, backends: backends, usable: make([]bool, len(backends))}
	for i, be := range backends {
		if be.usable() {
			r.usable[i] = true
			r.usables++
		}
	}
	switch {
	case len(backends) == 0: // what nobody gets yet stays in one piece
		r.place = func([]byte) int { return 0 }
	case r.usables == 0, r.usables == len(backends): // with no usable one, the first choice may be the first to return
		r.place = table.Place
	default:
		r.place = r.placeExcept(nil)
	}
	return r
}

// placeExcept places keys at the first usable backend that is not full, or, when all of these are, at the first usable
// one.
func (r *route) placeExcept(full map[*backend]bool) func(key []byte) int {
	hasRoom := func(i int) bool { return r.usable[i] && !full[r.backends[i]] }
	usable := func(i int) bool { return r.usable[i] }
	return func(key []byte) int {
		if i := r.table.PlaceAmong(key, hasRoom); i >= 0 {
			return i
		}
		if i := r.table.PlaceAmong(key, usable); i >= 0 {
			return i
		}
		return r.table.Place(key)
	}
}

// backend is the one of an index; nil: there are none.
func (r *route) backend(i int) *backend {
	if i < 0 || i >= len(r.backends) {
		return nil
	}
	return r.backends[i]
}

// SetBackends changes the list of backends. What waits for one that is not in it any more goes to others, as does what
// belongs to new ones. On an error, everything is as it was.
func (b *Balancer) SetBackends(backends []string) error {
	b.setting.Lock()
	defer b.setting.Unlock()
	table, err := b.set.Table(backends)
	if err != nil {
		return fmt.Errorf("cannot divide keys among %q: %w", backends, err)
	}
	old := b.route.Load()
	if slices.Equal(old.table.Backends(), table.Backends()) {
		b.Report() // that there are none may be news
		return nil
	}
	all, fresh, err := b.dial(old.backends, table.Backends())
	if err != nil {
		return err
	}
	if !b.install(table, all) {
		return closeAll(fresh)
	}
	b.count.backendChanges.add(1, b.count.plain)
	b.Report()
	return nil
}

// dial returns a backend for each endpoint, old ones where there are any, and which of them are fresh.
func (b *Balancer) dial(old []*backend, endpoints []string) (all, fresh []*backend, err error) {
	known := make(map[string]*backend, len(old))
	for _, be := range old {
		known[be.endpoint] = be
	}
	for _, endpoint := range endpoints {
		be := known[endpoint]
		if be == nil {
			conn, err := b.set.Dial(endpoint)
			if err != nil {
				return nil, nil, errors.Join(fmt.Errorf("cannot connect to %q: %w", endpoint, err), closeAll(fresh))
			}
			be = b.newBackend(endpoint, conn)
			fresh = append(fresh, be)
		}
		all = append(all, be)
	}
	return all, fresh, nil
}

func closeAll(backends []*backend) error {
	var errs []error
	for _, be := range backends {
		errs = append(errs, be.conn.Close())
	}
	return errors.Join(errs...)
}

// install puts another table in place, unless the balancer has ended.
func (b *Balancer) install(table Table, all []*backend) bool {
	b.mu.Lock()
	defer b.unlock()
	if b.halted {
		return false
	}
	old := b.route.Load()
	b.route.Store(newRoute(old.generation+1, table, all))
	stays := make(map[*backend]bool, len(all))
	for _, be := range all {
		stays[be] = true
		b.displace(be)
	}
	for _, be := range old.backends {
		if !stays[be] {
			b.displace(be)
			b.retire(be)
		}
	}
	b.startMover()
	return true
}

// reroute makes the route that follows from which backends are usable now. Only what waits for a backend that went is
// to be split again; when one returned, that is everything, for what it should have got may be anywhere.
func (b *Balancer) reroute(gone *backend) {
	old := b.route.Load()
	fresh := newRoute(old.generation+1, old.table, old.backends)
	b.route.Store(fresh)
	switch {
	case gone == nil:
		for _, be := range fresh.backends {
			b.displace(be)
		}
	case fresh.usables > 0:
		b.displace(gone)
	default: // what waits is as well off where it is as anywhere
	}
	b.startMover()
	b.after = append(b.after, b.Report)
}

// displace has all that waits for a backend split again, and what is on its way to it, too.
func (b *Balancer) displace(be *backend) {
	be.stale = b.route.Load().generation
	for s := be.waiting.head; s != nil; s = be.waiting.head {
		be.waiting.remove(s)
		b.setMoving(s)
	}
}

// setMoving has a share that is in no list split again.
func (b *Balancer) setMoving(s *share) {
	b.discharge(s)
	b.moving.pushBack(s)
	b.sweepSoon(&b.moving)
}

// Report tells the status of the component if it changed: it is in order while there is a usable backend.
func (b *Balancer) Report() {
	b.reporting.Lock()
	defer b.reporting.Unlock()
	bad := b.route.Load().usables == 0
	if bad == b.reported {
		return
	}
	b.reported = bad
	if bad {
		b.log.Error("no backend is usable: what is accepted waits for the first that answers")
	} else {
		b.log.Info("a backend is usable again")
	}
	switch {
	case b.set.Status == nil:
	case bad:
		b.set.Status(componentstatus.NewEvent(componentstatus.StatusRecoverableError,
			componentstatus.WithError(errNoBackend)))
	default:
		b.set.Status(componentstatus.NewEvent(componentstatus.StatusOK))
	}
}

var errNoBackend = errors.New("no backend is usable")

// retire lets a backend that is not in the list any more end when its calls have.
func (b *Balancer) retire(be *backend) {
	be.removed = true
	be.idle.Broadcast()
	if be.active == 0 {
		b.hangUp(be)
	}
}

// hangUp closes the connection of a backend that was removed.
func (b *Balancer) hangUp(be *backend) {
	b.after = append(b.after, func() {
		if err := be.conn.Close(); err != nil {
			b.log.Warn("cannot close a connection", zap.String("backend", be.endpoint), zap.Error(err))
		}
	})
}
